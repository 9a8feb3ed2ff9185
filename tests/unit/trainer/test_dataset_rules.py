"""The rules of a dataset, one by one and without a store: labels, classes, skin, drift and what blocks."""

import numpy as np
import pytest

from contracts.dataset import DatasetDrift, DatasetItem, Split
from contracts.feedback import SOURCE as FEEDBACK
from contracts.snapshot import SnapshotClass
from contracts.steps import InvalidInputError
from runtime import read_settings
from trainer.data.checks import Acceptable, blocking_checks, check_dataset
from trainer.data.classes import SmallClasses, choose, merge_classes, select_classes
from trainer.data.drift import histograms
from trainer.data.report import duplicates_of, skin_tones
from trainer.data.sightings import DOUBTED_CORRECTION, NEAR_TWO_LABELS, Image, Sighting, images_of, without_conflicts
from trainer.data.skin_tone import category, ita_of
from trainer.errors import UnusableDataError
from trainer.settings import PrepareSettings

MONK = ["f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420"]


def sighting(content: str, label: str, source: str = "atlas", case: str = "") -> Sighting:
    return Sighting(content * 64, f"images/{content}", label, source, f"{source}/{case or content}", None, None)


def image(content: str, label: str = "rosacea", source: str = "atlas") -> Image:
    return Image(content * 64, f"images/{content}", label, source, None, None, (f"{source}/{content}",))


def named(name: str, minimum: int = 2) -> SnapshotClass:
    return SnapshotClass(name=name, display_name=name.title(), minimum_images=minimum)


def rows(label: str, count: int, *, unknown: Split | None = None) -> list[DatasetItem]:
    splits = [unknown] * count if unknown else [Split.TRAIN, Split.VALIDATION, Split.TEST] * (count // 3)
    return [DatasetItem(f"{label}{n}", "k", label, split, f"{label}{n}", "s", None) for n, split in enumerate(splits)]


def test_a_correction_that_contradicts_a_source_is_left_out_and_the_source_stays() -> None:
    images, excluded = images_of([sighting("a", "rosacea"), sighting("a", "milia", FEEDBACK)])
    assert [(each.label, each.source) for each in images] == [("rosacea", "atlas")]
    assert [(each.reason, each.labels) for each in excluded] == [(DOUBTED_CORRECTION, ("milia", "rosacea"))]


def test_a_correction_that_agrees_is_just_another_sighting() -> None:
    images, excluded = images_of([sighting("a", "rosacea", FEEDBACK), sighting("a", "rosacea", case="p1")])
    assert [(each.source, each.cases) for each in images] == [("atlas", ("atlas/p1",))]
    assert excluded == []


def test_of_copies_under_two_labels_both_are_left_out_unless_one_is_a_correction() -> None:
    images = [image("a"), image("b", "milia"), image("c"), image("d", "milia", FEEDBACK)]
    kept, excluded = without_conflicts(images, [(0, 1), (2, 3)])
    assert kept == [2]
    assert [(each.sha256[0], each.reason) for each in excluded] == [
        ("a", NEAR_TWO_LABELS),
        ("b", NEAR_TWO_LABELS),
        ("d", DOUBTED_CORRECTION),
    ]


def test_of_several_minima_of_a_class_the_strictest_holds() -> None:
    assert [(each.name, each.minimum_images) for each in merge_classes([named("a", 2), named("b"), named("a", 9)])] == [
        ("a", 9),
        ("b", 2),
    ]


def test_only_the_classes_asked_for_are_kept_and_unknown_ones_named() -> None:
    classes = [named("a"), named("b"), named("c")]
    assert [each.name for each in select_classes(classes, ["c", "a"])] == ["a", "c"]
    assert select_classes(classes, None) == classes
    with pytest.raises(UnusableDataError, match="got d, e; they are: a, b, c"):
        select_classes(classes, ["a", "e", "d"])


def test_small_classes_are_dropped_or_folded_into_other() -> None:
    images = [image(c, "big") for c in "abcd"] + [image("e", "small"), image("f", "tiny")]
    classes = [named("big"), named("small"), named("tiny")]
    dropped = choose(images, classes, SmallClasses.DROP)
    assert [each.name for each in dropped.classes] == ["big"]
    assert dropped.dropped.keys() == {"small", "tiny"}
    assert [each and each.label for each in dropped.images] == ["big"] * 4 + [None, None]
    folded = choose(images, classes, SmallClasses.OTHER)
    assert [each.name for each in folded.classes] == ["big", "other"]
    assert folded.folded.keys() == {"small", "tiny"}
    assert [each and each.label for each in folded.images] == ["big"] * 4 + ["other"] * 2
    assert folded.dropped == {}


def test_other_is_held_to_a_minimum_too() -> None:
    images = [image(c, "big") for c in "abcd"] + [image("e", "small")]
    chosen = choose(images, [named("big"), named("small")], SmallClasses.OTHER)
    assert [each.name for each in chosen.classes] == ["big"]
    assert "in 'other' there would be 1" in chosen.dropped["small"]


def test_darker_skin_has_a_smaller_angle_and_what_is_no_skin_has_none() -> None:
    angles = []
    for colour in MONK:
        rgb = np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)], np.uint8)
        angles.append(ita_of(np.tile(rgb, (8, 8, 1))))
    found = [angle for angle in angles if angle is not None]
    assert len(found) == len(MONK)
    assert found == sorted(found, reverse=True)
    assert [category(angle) for angle in (found[0], found[5], found[9])] == ["very-light", "tan", "dark"]
    for other in ((30, 90, 200), (20, 160, 40), (128, 128, 128), (255, 0, 255)):
        assert ita_of(np.tile(np.array(other, np.uint8), (8, 8, 1))) is None


def test_a_recorded_tone_counts_before_an_estimate() -> None:
    item = rows("a", 3)[0]
    tones = skin_tones(
        [
            item._replace(skin_tone=10, fitzpatrick=6, ita_degrees=60.0),
            item._replace(fitzpatrick=2, ita_degrees=-60.0),
            item._replace(ita_degrees=-60.0),
            item,
        ]
    )
    assert (tones.monk, tones.fitzpatrick, tones.estimated, tones.unknown) == ({"10": 1}, {"2": 1}, {"dark": 1}, 1)


def test_duplicates_are_told_as_sets_the_largest_first() -> None:
    told = duplicates_of(["a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64], 7, [(0, 1), (2, 3), (3, 4)])
    assert (told.sightings, told.near_pairs, told.clusters, told.images) == (7, 3, 2, 5)
    assert [[sha256[0] for sha256 in each] for each in told.examples] == [["c", "d", "e"], ["a", "b"]]


def drifted(labels: float, statistics: dict[str, float], chance: float = 0.0) -> DatasetDrift:
    return DatasetDrift(previous="before", labels=labels, statistics=statistics, chance=chance, added=1, removed=1)


@pytest.mark.parametrize(
    ("drift", "failing", "blocked"),
    [
        (None, [], []),
        (drifted(0.05, {"brightness": 0.05}), [], []),
        (drifted(0.15, {"brightness": 0.15}), ["label_shares", "image_statistics"], []),
        (drifted(0.05, {"brightness": 0.01, "contrast": 0.4}), ["image_statistics"], ["image_statistics"]),
        (drifted(0.40, {"brightness": 0.01}), ["label_shares"], ["label_shares"]),
        (drifted(0.40, {"brightness": 0.40}, chance=0.35), [], []),
    ],
)
def test_drift_warns_first_then_blocks_and_chance_does_neither(
    drift: DatasetDrift | None, failing: list[str], blocked: list[str]
) -> None:
    checks = check_dataset([*rows("a", 18), *rows("b", 18)], 0, 0.05, drift, ())
    assert [each.name for each in checks if not each.passed] == failing
    assert [each.name for each in blocking_checks(checks)] == blocked


def test_what_the_operator_accepts_is_written_down_and_doesnt_block() -> None:
    items = [*rows("a", 18), *rows("b", 18)]
    accepted = {Acceptable.LABEL_SHARES, Acceptable.UNREADABLE_IMAGES}
    checks = check_dataset(items, 30, 0.05, drifted(0.5, {"brightness": 0.5}), accepted)
    assert [each.name for each in checks if each.overridden] == ["unreadable_images", "label_shares"]
    assert [each.name for each in blocking_checks(checks)] == ["image_statistics"]


def test_nobody_can_accept_a_leak_or_a_class_without_tests() -> None:
    leaking = [*rows("a", 18), *rows("b", 18)]
    leaking[1] = leaking[1]._replace(group=leaking[0].group)
    checks = check_dataset(leaking, 0, 0.05, None, list(Acceptable))
    assert [each.name for each in blocking_checks(checks)] == ["groups_stay_whole"]
    checks = check_dataset([*rows("a", 18), *rows("b", 9, unknown=Split.TRAIN)], 0, 0.05, None, list(Acceptable))
    (blocked,) = blocking_checks(checks)
    assert blocked.message == "b has none in validation; b has none in test"


def test_a_few_unreadable_images_are_put_up_with_however_small_the_dataset() -> None:
    items = [*rows("a", 18), *rows("b", 18)]
    assert not blocking_checks(check_dataset(items, 3, 0.05, None, ()))
    assert [each.name for each in blocking_checks(check_dataset(items, 4, 0.05, None, ()))] == ["unreadable_images"]


def test_statistics_outside_the_edges_count_in_the_outer_bins() -> None:
    found = histograms(np.array([[300.0, -1.0, 0.0, 999.0, 5e6]], dtype=np.float32))
    assert (found["brightness"].shares[-1], found["contrast"].shares[0]) == (1.0, 1.0)
    assert (found["sharpness"].shares[-1], found["side_px"].shares[-1]) == (1.0, 1.0)


def test_settings_come_from_the_environment_and_flags_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACNEFLOW_PREPARE_ACCEPT", "label_shares, image_statistics")
    monkeypatch.setenv("ACNEFLOW_PREPARE_SMALL_CLASSES", "other")
    read = read_settings(PrepareSettings)
    assert read_settings(PrepareSettings, small_classes=None, accept=None) == read
    assert read.small_classes is SmallClasses.OTHER
    flags = read_settings(PrepareSettings, small_classes=SmallClasses.DROP, accept="unreadable_images")
    assert (flags.small_classes, flags.accept) == (SmallClasses.DROP, frozenset({Acceptable.UNREADABLE_IMAGES}))
    with pytest.raises(InvalidInputError, match="got everything"):
        read_settings(PrepareSettings, accept="everything")
    monkeypatch.setenv("ACNEFLOW_PREPARE_SMALL_CLASSES", "hide")
    with pytest.raises(InvalidInputError, match="ACNEFLOW_PREPARE_SMALL_CLASSES: Input should be"):
        read_settings(PrepareSettings)
