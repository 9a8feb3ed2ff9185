"""A run goes on from its newest whole checkpoint, and leaves none behind."""

from dataclasses import replace

import numpy as np
import pytest

from objectstore import ObjectStore
from trainer.fit.checkpoints import Checkpoints, Standing
from trainer.fit.journal import Epoch


def standing(epoch: int, *, phase: str = "head") -> Standing:
    """Finished, so that it is kept at once."""
    return Standing(
        phase=phase,
        epoch=epoch,
        finished=True,
        state={"kernel": np.full((2, 3), epoch, np.float32), "top/000": np.ones(2, np.float32)},
        best={"kernel": np.zeros((2, 3), np.float32)},
        best_rank=(0.5, -0.25),
        best_epoch=1,
        epochs=tuple(Epoch("head", number, 0.5, 0.4, 0.3, 0.1) for number in range(1, epoch + 1)),
    )


@pytest.fixture
def checkpoints(store: ObjectStore) -> Checkpoints:
    return Checkpoints(store, "run")


def test_what_was_kept_comes_back_whole(checkpoints: Checkpoints) -> None:
    assert checkpoints.load() is None
    checkpoints.save(standing(3))
    found = checkpoints.load()
    assert found is not None
    for field in ("phase", "epoch", "finished", "best_rank", "best_epoch", "epochs"):
        assert getattr(found, field) == getattr(standing(3), field), field
    np.testing.assert_array_equal(found.state["kernel"], np.full((2, 3), 3))
    assert found.state.keys() == {"kernel", "top/000"}
    assert found.best.keys() == {"kernel"}


def test_only_the_newest_is_kept(checkpoints: Checkpoints, store: ObjectStore) -> None:
    for epoch in (1, 2, 11):
        checkpoints.save(standing(epoch))
    found = checkpoints.load()
    assert found is not None
    assert found.epoch == 11
    assert len(list(store.walk("runs/run/checkpoints/"))) == 2


def test_epochs_that_follow_each_other_fast_are_not_all_kept(checkpoints: Checkpoints) -> None:
    checkpoints.save(standing(1))
    checkpoints.save(replace(standing(2), finished=False))
    found = checkpoints.load()
    assert found is not None
    assert found.epoch == 1


@pytest.mark.parametrize("name", ["000002.npz", "000002.json"])
def test_a_damaged_one_is_passed_over(checkpoints: Checkpoints, store: ObjectStore, name: str) -> None:
    checkpoints.save(standing(1))
    kept = {info.key: store.get(info.key).body for info in store.walk("runs/run/")}
    checkpoints.save(standing(2))
    for key, body in kept.items():
        store.put(key, body)
    store.put(f"runs/run/checkpoints/{name}", b"damaged")
    found = checkpoints.load()
    assert found is not None
    assert found.epoch == 1


def test_a_finished_run_leaves_none(checkpoints: Checkpoints, store: ObjectStore) -> None:
    checkpoints.save(standing(1))
    checkpoints.clear()
    assert list(store.walk("runs/")) == []
