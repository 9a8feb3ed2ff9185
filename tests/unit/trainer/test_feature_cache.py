"""Features are computed once: kept in few objects, found by the image, and computed again if they were damaged."""

import hashlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest

from objectstore import ObjectStore
from trainer.network.feature_cache import SHARD_ROWS, FeatureCache

EXTRACTOR = "f00d"
WIDTH = 5


def name(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def rows(number: int, count: int = 4) -> npt.NDArray[np.float16]:
    return np.random.default_rng(number).normal(size=(count, WIDTH)).astype(np.float16)


def read(store: ObjectStore, wanted: Mapping[str, int]) -> dict[str, npt.NDArray[np.float16]]:
    return dict(FeatureCache(store, EXTRACTOR).read(wanted))


def keep(store: ObjectStore, numbers: range, count: int = 4) -> None:
    cache = FeatureCache(store, EXTRACTOR)
    for number in numbers:
        cache.add(name(number), rows(number, count))
    cache.flush()


def test_what_was_kept_is_found_by_its_image(store: ObjectStore) -> None:
    keep(store, range(10))
    keep(store, range(10, 12))
    found = read(store, {name(3): 4, name(11): 4, name(99): 4})
    assert found.keys() == {name(3), name(11)}
    np.testing.assert_array_equal(found[name(3)], rows(3))
    np.testing.assert_array_equal(found[name(11)], rows(11))


def test_thousands_of_features_are_few_objects(store: ObjectStore) -> None:
    images = 1000
    keep(store, range(images))
    assert len(list(store.walk("features/"))) == 2 * -(-images * 4 // SHARD_ROWS)


def test_fewer_copies_than_were_kept_are_enough_but_more_are_not(store: ObjectStore) -> None:
    keep(store, range(2), count=3)
    found = read(store, {name(0): 1, name(1): 4})
    assert found.keys() == {name(0)}
    np.testing.assert_array_equal(found[name(0)], rows(0, 3)[:1])
    keep(store, range(1, 2), count=4)
    assert read(store, {name(1): 4})[name(1)].shape == (4, WIDTH)


def test_another_extractor_sees_nothing_of_it(store: ObjectStore) -> None:
    keep(store, range(2))
    assert dict(FeatureCache(store, "other").read({name(0): 1})) == {}


@pytest.mark.parametrize("suffix", [".npy", ".json"])
def test_what_is_gone_or_damaged_is_computed_again(store: ObjectStore, suffix: str) -> None:
    keep(store, range(2))
    keep(store, range(2, 4))
    victim = next(info.key for info in store.walk("features/") if info.key.endswith(suffix))
    store.put(victim, b"damaged")
    left = read(store, {name(number): 4 for number in range(4)})
    assert len(left) == 2
    store.delete(victim)
    assert read(store, {name(number): 4 for number in range(4)}).keys() == left.keys()
