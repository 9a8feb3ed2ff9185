"""The plan: reproducible, balanced, and exact about what is wrong with it."""

import pytest

from sample_site.atlas import Atlas, Entry
from sample_site.darkroom import Darkroom
from sample_site.dirt import COPIES, Dirt
from sample_site.lesions import DRAWN_CLASSES


def original(atlas: Atlas, copy: Entry) -> Entry:
    return next(e for e in atlas.entries if e.name == copy.original and e.dirt is None)


def test_the_same_seed_plans_the_same_atlas_and_another_seed_another() -> None:
    assert Atlas(seed=5, cases_per_class=4).entries == Atlas(seed=5, cases_per_class=4).entries
    assert Atlas(seed=5, cases_per_class=4).entries != Atlas(seed=6, cases_per_class=4).entries


def test_the_default_atlas_has_900_good_photos_in_equal_classes() -> None:
    atlas = Atlas()
    clean = [entry for entry in atlas.entries if entry.dirt is None]
    assert len(clean) == 900
    assert {label: sum(e.label == label for e in clean) for label in DRAWN_CLASSES} == dict.fromkeys(DRAWN_CLASSES, 100)
    assert {case.shots for case in atlas.cases} == {1, 2, 3, 4}


@pytest.mark.parametrize("cases_per_class", [2, 6, 40])
def test_each_kind_of_dirt_is_there_and_takes_no_good_photo_away(cases_per_class: int) -> None:
    atlas = Atlas(cases_per_class=cases_per_class)
    assert all(len(atlas.dirty(kind)) == max(1, cases_per_class // 8) for kind in Dirt)
    assert sum(e.dirt is None for e in atlas.entries) == sum(case.shots for case in atlas.cases)


@pytest.mark.parametrize("seed", range(5))
def test_copies_hang_where_their_kind_says(seed: int) -> None:
    atlas = Atlas(seed=seed)
    for kind in COPIES:
        for copy in atlas.dirty(kind):
            first = original(atlas, copy)
            assert (copy.label == first.label) is (kind in {Dirt.DUPLICATE_SAME_LABEL, Dirt.NEAR_DUPLICATE})
            assert (copy.name == first.name) is (kind is Dirt.TWO_LABELS)
            assert (copy.case_id == first.case_id) is (kind is Dirt.TWO_LABELS)
    across = [c for c in atlas.dirty(Dirt.DUPLICATE_SAME_LABEL) if c.label == "rosacea-nose"]
    assert all(c.gallery != original(atlas, c).gallery for c in across)


def test_no_two_photos_share_a_name_but_those_that_hang_twice(atlas: Atlas) -> None:
    names = [entry.name for entry in atlas.entries if entry.dirt is not Dirt.TWO_LABELS]
    assert len(names) == len(set(names))
    twice = atlas.dirty(Dirt.TWO_LABELS)[0]
    assert atlas.by_name[twice.name].dirt is None


def test_a_photos_bytes_depend_on_its_seed_alone_and_not_on_what_was_drawn_before(atlas: Atlas) -> None:
    forwards, backwards = Darkroom(atlas), Darkroom(Atlas(seed=atlas.seed, cases_per_class=atlas.cases_per_class))
    some = [entry for entry in atlas.entries if entry.dirt is None][::13]
    first = [forwards.picture(entry).body for entry in some]
    second = [backwards.picture(entry).body for entry in reversed(some)]
    assert first == second[::-1]
    assert len(set(first)) == len(some)
    other = Darkroom(Atlas(seed=atlas.seed + 1, cases_per_class=atlas.cases_per_class))
    assert other.picture(some[0]).body != first[0]


def test_an_atlas_of_another_seed_or_size_has_other_entity_tags(atlas: Atlas) -> None:
    others = (Atlas(seed=4, cases_per_class=6), Atlas(seed=3, cases_per_class=7))
    tags = {Darkroom(a).etag("/x") for a in (atlas, *others)} | {Darkroom(atlas).etag("/y")}
    assert len(tags) == 4
    assert Darkroom(atlas).etag("/x") == Darkroom(Atlas(seed=3, cases_per_class=6)).etag("/x")
