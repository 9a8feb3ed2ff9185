"""Snapshots become a dataset: once, without duplicates or leaks, and with everything that was left out named."""

import hashlib
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, DatasetReport, Split
from contracts.feedback import Feedback, FeedbackImage
from contracts.manifest import utc_now
from contracts.steps import Exit, InvalidInputError
from objectstore import IntegrityError, ObjectNotFoundError, ObjectStore, load_document, read_document
from support.drawn_source import COLOURS, Photo, drawn, patients, put_snapshot
from trainer.data.checks import Acceptable, check_groups
from trainer.data.datasets import load_items
from trainer.data.prepare import prepare
from trainer.errors import BlockedDatasetError, UnusableDataError
from trainer.settings import PrepareSettings


def dataset_of(store: ObjectStore, *uris: str, seed: int = 0) -> tuple[DatasetManifest, list[DatasetItem]]:
    dataset = load_document(store, str(prepare(store, uris, seed)["dataset"]), DatasetManifest)
    return dataset, load_items(store, dataset)


def darker(data: bytes) -> bytes:
    """The same photo, taken at night."""
    stream = BytesIO()
    with Image.open(BytesIO(data)) as picture:
        picture.point(lambda value: value * 0.3).save(stream, "JPEG")
    return stream.getvalue()


def test_every_image_stands_in_one_split_with_its_patient(store: ObjectStore) -> None:
    dataset, items = dataset_of(store, put_snapshot(store, patients(8, shots=3)))
    assert len(items) == 8 * 3 * len(COLOURS)
    assert len({item.group for item in items}) == 8 * len(COLOURS)
    check_groups(items)
    counted = Counter((item.label, item.split) for item in items)
    assert {(label, split): n for label, of in dataset.counts.items() for split, n in of.items()} == counted
    assert [each.name for each in dataset.classes] == list(COLOURS)
    assert dataset.synthetic


def test_the_same_data_is_the_same_dataset_and_nothing_is_written_twice(store: ObjectStore) -> None:
    snapshot = put_snapshot(store, patients(5))
    first = prepare(store, [snapshot], 0)
    before = {info.key: info.etag for info in store.walk("datasets/")}
    again = put_snapshot(store, list(reversed(patients(5))), day=2)
    assert prepare(store, [again], 0) == first
    assert {info.key: info.etag for info in store.walk("datasets/")} == before


def test_a_photo_under_two_labels_is_left_out_and_listed(store: ObjectStore) -> None:
    twice = drawn("rosacea", 99)
    photos = [*patients(4), Photo(twice, "rosacea", "a"), Photo(twice, "milia", "b")]
    dataset, items = dataset_of(store, put_snapshot(store, photos))
    (excluded,) = dataset.excluded
    assert excluded.labels == ("milia", "rosacea")
    assert excluded.reason == "one photo under two labels"
    assert excluded.sha256 not in {item.sha256 for item in items}


def test_a_photo_seen_twice_under_one_label_counts_once_and_joins_its_cases(store: ObjectStore) -> None:
    shared, other = drawn("rosacea", 99), drawn("rosacea", 98)
    photos = [*patients(4), Photo(shared, "rosacea", "a"), Photo(shared, "rosacea", "b"), Photo(other, "rosacea", "b")]
    dataset, items = dataset_of(store, put_snapshot(store, photos))
    assert len(items) == 4 * len(COLOURS) + 2
    assert max(Counter(item.group for item in items).values()) == 2
    assert dataset.excluded == ()


def test_a_near_duplicate_joins_the_group_of_its_original(store: ObjectStore) -> None:
    original, copy = drawn("milia", 99, size=(400, 300)), drawn("milia", 99, size=(340, 255), quality=70)
    photos = [*patients(4), Photo(original, "milia", "a"), Photo(copy, "milia", "b")]
    _, items = dataset_of(store, put_snapshot(store, photos))
    assert max(Counter(item.group for item in items).values()) == 2


def test_an_unreadable_image_is_left_out_and_listed(store: ObjectStore) -> None:
    photos = [*patients(4), Photo(drawn("milia", 99)[:900], "milia", "cut")]
    dataset, items = dataset_of(store, put_snapshot(store, photos))
    (excluded,) = dataset.excluded
    assert "damaged or cut short" in excluded.reason
    assert len(items) == 4 * len(COLOURS)


def test_a_class_under_its_minimum_is_dropped_by_name(store: ObjectStore) -> None:
    photos = [photo for photo in patients(8) if photo.label != "milia"] + patients(4)[4:8]
    dataset, items = dataset_of(store, put_snapshot(store, photos, minimum=5))
    assert dataset.dropped_classes == {"milia": "4 images, but at least 5 are asked for"}
    assert {item.label for item in items} == {"rosacea", "acne-cystic"}


def test_fewer_than_two_classes_are_refused(store: ObjectStore) -> None:
    photos = [photo for photo in patients(5) if photo.label == "milia"]
    with pytest.raises(UnusableDataError, match="1 of 3 classes have enough images"):
        prepare(store, [put_snapshot(store, photos)], 0)
    assert list(store.walk("datasets/")) == []


def test_a_test_image_stays_one_as_the_source_grows(store: ObjectStore) -> None:
    _, before = dataset_of(store, put_snapshot(store, patients(8)))
    dataset, after = dataset_of(store, put_snapshot(store, patients(20), day=2))
    splits = {item.sha256: item.split for item in after}
    assert {item.sha256: item.split for item in before} == {item.sha256: splits[item.sha256] for item in before}
    assert sum(of[Split.TEST] for of in dataset.counts.values()) > sum(item.split is Split.TEST for item in before)


def test_several_sources_make_one_dataset(store: ObjectStore) -> None:
    one = put_snapshot(store, patients(4), source="one")
    two = put_snapshot(store, patients(4, start=10), source="two")
    dataset, items = dataset_of(store, one, two)
    assert dataset.snapshots == (one, two)
    assert Counter(item.source for item in items) == {"one": 12, "two": 12}


def test_a_test_image_stays_one_whatever_the_seed_and_the_sources(store: ObjectStore) -> None:
    one = put_snapshot(store, patients(8), source="one")
    _, before = dataset_of(store, one)
    tested = {item.sha256 for item in before if item.split is Split.TEST}
    two = put_snapshot(store, patients(6, start=50), source="two")
    for seed, snapshots in ((1, [one]), (2, [one, two]), (0, [two, one])):
        dataset, items = dataset_of(store, *snapshots, seed=seed)
        known = {item.sha256: item.split for item in items if item.sha256 in {each.sha256 for each in before}}
        assert {sha256 for sha256, split in known.items() if split is Split.TEST} == tested
        report = read_document(store, f"datasets/{dataset.dataset_id}/report.json", DatasetReport)
        assert report.frozen_test_images >= len(tested)


def test_an_image_that_was_away_for_a_while_comes_back_to_the_test_set(store: ObjectStore) -> None:
    _, before = dataset_of(store, put_snapshot(store, patients(8)))
    returning = next(item for item in before if item.split is Split.TEST)
    smaller = [photo for photo in patients(8) if hashlib.sha256(photo.data).hexdigest() != returning.sha256]
    dataset_of(store, put_snapshot(store, smaller, day=2))
    _, again = dataset_of(store, put_snapshot(store, patients(9), day=3))
    assert {item.sha256: item.split for item in again}[returning.sha256] is Split.TEST


def test_a_group_that_grows_together_with_a_tested_one_is_tested_with(store: ObjectStore) -> None:
    _, before = dataset_of(store, put_snapshot(store, patients(8)))
    tested = next(item for item in before if (item.label, item.split) == ("milia", Split.TEST))
    learnt = next(item for item in before if (item.label, item.split) == ("milia", Split.TRAIN))
    cases = {hashlib.sha256(photo.data).hexdigest(): photo for photo in patients(8)}
    # somebody found out that both are photos of one person
    same = [replace(photo, group="one person") for sha256, photo in cases.items() if sha256 in {tested[0], learnt[0]}]
    others = [photo for sha256, photo in cases.items() if sha256 not in {tested[0], learnt[0]}]
    _, after = dataset_of(store, put_snapshot(store, [*others, *same], day=2))
    splits = {item.sha256: item.split for item in after}
    assert splits[tested.sha256] is splits[learnt.sha256] is Split.TEST


def test_a_copy_under_another_label_is_left_out_with_its_original(store: ObjectStore) -> None:
    original, copy = drawn("milia", 99, size=(400, 300)), drawn("milia", 99, size=(340, 255), quality=70)
    photos = [*patients(4), Photo(original, "milia", "a"), Photo(copy, "rosacea", "b")]
    dataset, items = dataset_of(store, put_snapshot(store, photos))
    assert [each.reason for each in dataset.excluded] == ["a copy of a photo under another label"] * 2
    assert [each.labels for each in dataset.excluded] == [("milia", "rosacea")] * 2
    assert len(items) == 4 * len(COLOURS)


def corrected(store: ObjectStore, data: bytes, label: str | None, *, feedback_id: str, **changes: object) -> None:
    """An accepted correction in the store, as the gateway leaves it."""
    sha256 = hashlib.sha256(data).hexdigest()
    key = keys.image(sha256, "jpg")
    store.put(key, data)
    record = Feedback(
        feedback_id=feedback_id,
        created_at=utc_now(),
        model="acne",
        version=1,
        predicted="rosacea",
        label=label,
        consent=True,
        image=FeedbackImage(key=key, sha256=sha256, size=len(data), width=120, height=90),
        status="accepted",
        decided_at=utc_now(),
    )
    record = record.model_copy(update=changes)
    store.put(keys.feedback_record(date(2026, 11, 1), feedback_id), record.to_json())


def test_accepted_corrections_join_and_are_never_tested_with(store: ObjectStore) -> None:
    snapshot = put_snapshot(store, patients(8))
    _, before = dataset_of(store, snapshot)
    for number in range(20):
        corrected(store, drawn("milia", 5000 + number), "milia", feedback_id=f"new-{number}")
    tested = next(item for item in before if (item.label, item.split) == ("milia", Split.TEST))
    number = next(n for n in range(8) if hashlib.sha256(drawn("milia", n * 100)).hexdigest() == tested.sha256)
    corrected(store, drawn("milia", number * 100, size=(100, 75)), "milia", feedback_id="copy-of-a-test-image")
    corrected(store, drawn("milia", 6000), "milia", feedback_id="pending", status="pending")
    corrected(store, drawn("milia", 6001), "milia", feedback_id="other-model", model="birds")
    corrected(store, drawn("milia", 6002), None, feedback_id="none-of-them")
    corrected(store, drawn("milia", 6003), "milia", feedback_id="without-a-photo", image=None)
    corrected(store, drawn("rosacea", 0), "milia", feedback_id="contradicts-its-source")
    store.put(keys.feedback_record(date(2026, 11, 1), "damaged"), b"{}")
    dataset, items = dataset_of(store, snapshot)
    joined = [item for item in items if item.source == "feedback"]
    assert len(joined) == 20
    assert {item.split for item in joined} == {Split.TRAIN}
    assert Counter(each.reason for each in dataset.excluded) == {
        "a correction that says otherwise than the photo's source": 1,
        "a correction of a test image, which can neither be learnt from nor tested with": 1,
    }
    before_splits = {item.sha256: item.split for item in before}
    assert {item.sha256: item.split for item in items if item.source != "feedback"} == before_splits
    page = store.get(f"datasets/{dataset.dataset_id}/report.html").body.decode()
    assert all(item.sha256[:12] not in page.partition("Left out")[0] for item in joined)


def test_only_the_classes_asked_for_make_the_dataset(store: ObjectStore) -> None:
    said = prepare(store, [put_snapshot(store, patients(5))], 0, classes=["milia", "rosacea"])
    dataset = load_document(store, str(said["dataset"]), DatasetManifest)
    assert {each.name for each in dataset.classes} == {"milia", "rosacea"}
    assert dataset.dropped_classes == {"acne-cystic": "not asked for"}


def test_a_dataset_of_another_population_is_blocked_but_its_report_can_be_read(store: ObjectStore) -> None:
    before, _ = dataset_of(store, put_snapshot(store, patients(40)))
    night = [replace(photo, data=darker(photo.data)) for photo in patients(40)]
    snapshot = put_snapshot(store, night, day=2)
    with pytest.raises(BlockedDatasetError, match=r"PSI of the pictures .* --accept image_statistics") as blocked:
        prepare(store, [snapshot], 0)
    assert [check.name for check in blocked.value.checks] == ["image_statistics"]
    published = [info.key for info in store.walk("datasets/") if info.key.endswith("manifest.json")]
    assert published == [f"datasets/{before.dataset_id}/manifest.json"]
    page = next(i.key for i in store.walk("datasets/") if i.key.endswith(".html") and before.dataset_id not in i.key)
    assert "Not published." in store.get(page).body.decode()
    accepting = PrepareSettings(accept=frozenset({Acceptable.IMAGE_STATISTICS}))
    said = prepare(store, [snapshot], 0, settings=accepting)
    report = read_document(store, f"datasets/{said['dataset_id']}/report.json", DatasetReport)
    assert report.drift is not None
    assert (report.drift.previous, report.drift.added, report.drift.removed) == (before.dataset_id, 120, 120)
    assert [check.name for check in report.checks if check.overridden] == ["image_statistics"]


def test_a_collection_of_other_things_isnt_compared(store: ObjectStore) -> None:
    dataset_of(store, put_snapshot(store, patients(8)))
    others = [replace(photo, label=f"{photo.label}-2") for photo in patients(8, start=60)]
    dataset, _ = dataset_of(store, put_snapshot(store, others, day=2, classes=[f"{label}-2" for label in COLOURS]))
    report = read_document(store, f"datasets/{dataset.dataset_id}/report.json", DatasetReport)
    assert report.drift is None


def test_the_page_shows_all_of_it_loads_nothing_and_blurs_people(store: ObjectStore) -> None:
    photos = [*patients(5, shots=2), Photo(drawn("milia", 77)[:900], "milia", "cut")]
    people, _ = dataset_of(store, put_snapshot(store, photos, synthetic=False))
    page = store.get(f"datasets/{people.dataset_id}/report.html").body.decode()
    for said in ("Each is blurred until it is clicked", "an estimate", "damaged or cut short", "groups stay whole"):
        assert said in page
    assert page.count("data:image/jpeg;base64,") >= 3 * 5
    assert "checked" not in page.partition("<body>")[2]
    assert not re.search(r"<script|https?://|src=\"(?!data:)", page)
    drawings, _ = dataset_of(store, put_snapshot(store, patients(5), source="drawings"))
    page = store.get(f"datasets/{drawings.dataset_id}/report.html").body.decode()
    assert "blurred until" not in page
    assert "Synthetic data." in page


def test_the_report_adds_up(store: ObjectStore) -> None:
    dataset, items = dataset_of(store, put_snapshot(store, patients(5, shots=2)))
    report = read_document(store, f"datasets/{dataset.dataset_id}/report.json", DatasetReport)
    assert (report.images, report.groups, report.largest_group) == (len(items), 15, 2)
    assert sum(report.groups_by_split.values()) == 15
    assert report.skin_tones == {"unknown": len(items)}
    labels = {item.sha256: item.label for item in items}
    assert {labels[sha256] for of in report.samples.values() for sha256 in of} == set(dataset.counts)


def test_a_group_in_two_splits_blocks() -> None:
    items = [DatasetItem("a", "k", "milia", split, "g1", "s", None) for split in (Split.TRAIN, Split.TEST)]
    with pytest.raises(UnusableDataError, match="group g1 is in both train and test"):
        check_groups(items)


def test_an_image_with_other_content_than_its_name_says_stops_the_step(store: ObjectStore) -> None:
    photos = patients(4)
    snapshot = put_snapshot(store, photos)
    key = next(store.walk("images/")).key
    store.put(key, drawn("milia", 1234))
    with pytest.raises(IntegrityError, match=key):
        prepare(store, [snapshot], 0)


def test_what_isnt_there_or_no_uri_is_said_so(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFoundError):
        prepare(store, [store.uri("sources/drawn/snapshots/x/manifest.json")], 0)
    with pytest.raises(InvalidInputError, match="expected s3://"):
        prepare(store, ["sources/drawn/manifest.json"], 0)


def test_the_command_ends_with_its_result_and_never_loads_tensorflow(
    store: ObjectStore, store_env: dict[str, str]
) -> None:
    uri = put_snapshot(store, patients(4))
    code = (
        "import sys, trainer.cli\n"
        f"sys.argv = ['trainer', 'prepare', '--snapshot', {uri!r}]\n"
        "try: trainer.cli.app()\n"
        "finally: print('tensorflow' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].startswith('::result::{"dataset":"s3://')
    assert done.stderr.strip() == "False"


def test_bad_input_ends_with_exit_code_2_and_a_message(store: ObjectStore, store_env: dict[str, str]) -> None:
    uri = put_snapshot(store, patients(1))
    command = [sys.executable, "-m", "trainer", "prepare", "--snapshot", uri]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == Exit.INVALID
    assert "0 of 3 classes have enough images" in done.stderr


def test_a_missing_setting_is_named(store_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACNEFLOW_STORE_ACCESS_KEY")
    done = subprocess.run([sys.executable, "-m", "trainer", "list"], capture_output=True, text=True, check=False)
    assert done.returncode == Exit.INVALID
    assert "ACNEFLOW_STORE_ACCESS_KEY: Field required" in done.stderr
