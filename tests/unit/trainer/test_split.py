"""Groups and splits: no leak, every class everywhere, steady over time."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dataset import Split
from trainer.data.sightings import Image
from trainer.data.split import SHARES, Earlier, assign, group
from trainer.errors import UnusableDataError
from trainer.lookalikes.near_duplicates import join


def image(number: int, label: str = "rosacea", *cases: str) -> Image:
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return Image(sha256, f"images/{number}.jpg", label, "drawn", None, None, cases or (f"drawn/{number}",))


def groups_of(*sizes: int, labels: Sequence[str] = ("rosacea", "milia")) -> dict[str, list[Image]]:
    numbers = iter(range(10**6))
    return {
        f"{label}-{index:04d}": [image(next(numbers), label) for _ in range(size)]
        for label in labels
        for index, size in enumerate(sizes)
    }


def test_one_case_is_one_group_across_its_galleries() -> None:
    images = [image(1, "rosacea", "drawn/a"), image(2, "rosacea", "drawn/b"), image(3, "rosacea", "drawn/a", "drawn/c")]
    groups = group(images, [])
    assert sorted(len(members) for members in groups.values()) == [1, 2]


def test_pictures_that_look_alike_join_their_cases() -> None:
    images = [image(n, "rosacea", f"drawn/{n // 2}") for n in range(6)]
    groups = group(images, [(0, 5)])
    assert sorted(len(members) for members in groups.values()) == [2, 4]


def test_a_group_is_named_after_its_smallest_hash() -> None:
    images = [image(7, "rosacea", "drawn/a"), image(5, "rosacea", "drawn/a")]
    assert list(group(images, [])) == [min(each.sha256 for each in images)[:16]]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_joining_makes_the_connected_components(pairs: list[tuple[int, int]]) -> None:
    components = join(31, pairs)
    assert sorted(index for members in components for index in members) == list(range(31))
    where = {index: number for number, members in enumerate(components) for index in members}
    assert all(where[one] == where[other] for one, other in pairs)
    # a spanning tree of each component needs size - 1 edges: nothing was joined without a pair
    assert 31 - len(components) <= len({tuple(sorted(pair)) for pair in pairs if pair[0] != pair[1]})


def test_splits_have_their_shares_of_every_class() -> None:
    groups = groups_of(*[1, 2, 3, 4] * 25)
    assigned = assign(groups, 0, Earlier())
    counts: dict[str, Counter[Split]] = defaultdict(Counter)
    for name, members in groups.items():
        counts[members[0].label][assigned[name]] += len(members)
    for of_class in counts.values():
        for split, share in SHARES.items():
            assert of_class[split] / 250 == pytest.approx(share, abs=0.03)


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    groups = groups_of(*[2] * 30)
    shuffled = dict(reversed(groups.items()))
    assert assign(groups, 0, Earlier()) == assign(shuffled, 0, Earlier())
    assert assign(groups, 0, Earlier()) != assign(groups, 1, Earlier())


@settings(deadline=None)
@given(st.lists(st.integers(1, 6), min_size=3, max_size=12), st.integers(0, 5))
def test_three_groups_suffice_for_a_class_to_reach_every_split(sizes: list[int], seed: int) -> None:
    assigned = assign(groups_of(*sizes), seed, Earlier())
    for label in ("rosacea", "milia"):
        assert {split for name, split in assigned.items() if name.startswith(label)} == set(Split)


def test_a_class_in_two_groups_is_refused_by_name() -> None:
    groups = groups_of(1, 1, 1) | groups_of(5, 5, labels=["acne-cystic"])
    with pytest.raises(UnusableDataError, match=r"class acne-cystic has no images for \w+: .* 2 group"):
        assign(groups, 0, Earlier())


def earlier(splits: Mapping[str, Split]) -> Earlier:
    """What a dataset of these splits leaves known."""
    tested = frozenset(sha256 for sha256, split in splits.items() if split is Split.TEST)
    learnt = frozenset(splits) - tested
    return Earlier(tested, learnt, {sha256: splits[sha256] for sha256 in learnt})


def splits_by_image(groups: Mapping[str, Sequence[Image]], assigned: Mapping[str, Split]) -> dict[str, Split]:
    return {each.sha256: assigned[name] for name, members in groups.items() for each in members}


def test_new_images_move_no_old_one() -> None:
    groups = groups_of(*[2] * 30)
    before = splits_by_image(groups, assign(groups, 0, Earlier()))
    grown = groups | {f"new-{n}": [image(10**7 + n, "milia")] for n in range(40)}
    after = splits_by_image(grown, assign(grown, 0, earlier(before)))
    assert {sha256: after[sha256] for sha256 in before} == before
    assert Counter(after.values())[Split.TEST] > Counter(before.values())[Split.TEST]


def test_where_groups_grow_together_the_test_image_stays_a_test_image() -> None:
    groups = groups_of(1, 1, 1, 1, 1, 1, 1)
    before = splits_by_image(groups, assign(groups, 0, Earlier()))
    tested = next(name for name, members in groups.items() if before[members[0].sha256] is Split.TEST)
    learnt = next(name for name, members in groups.items() if before[members[0].sha256] is Split.TRAIN)
    merged = {name: members for name, members in groups.items() if name not in {tested, learnt}}
    merged["merged"] = [*groups[tested], *groups[learnt]]
    assert assign(merged, 0, earlier(before))["merged"] is Split.TEST


def test_a_class_whose_test_images_have_all_gone_is_lent_others() -> None:
    groups = groups_of(1, 1, 1, 1, 1, 1, 1)
    before = splits_by_image(groups, assign(groups, 0, Earlier()))
    gone = {name for name, members in groups.items() if "milia" in name and before[members[0].sha256] is Split.TEST}
    left = {name: members for name, members in groups.items() if name not in gone}
    after = assign(left, 0, earlier(before))
    assert [split for name, split in after.items() if "milia" in name].count(Split.TEST) == 1
    rosacea = {name: split for name, split in after.items() if "rosacea" in name}
    assert rosacea == {name: before[groups[name][0].sha256] for name in rosacea}
