"""A phase of training: epoch after epoch until the validation macro-F1 no longer rises; the best weights are kept.

Knows neither what is trained nor how. An epoch may depend on nothing but the seed, its number and the state before it:
that is why a run that was killed ends where it would have ended.
"""

import time
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from contracts.steps import say
from trainer.fit.checkpoints import Checkpoints, Standing, State
from trainer.fit.journal import Epoch, Journal
from trainer.judge.metrics import confusion_of, macro_f1, mean_log_loss

PATIENCE_EPOCHS = 12


class Phase(Protocol):
    @property
    def name(self) -> str:
        """As people and checkpoints call it."""

    @property
    def epochs(self) -> int:
        """At most so many."""

    def train_epoch(self, epoch: int) -> float:
        """Learn from every training image; `epoch` counts from 1. Returns the mean loss."""

    def validation_logits(self) -> npt.NDArray[np.float32]:
        """Of the validation images, [V, K]."""

    def weights(self) -> State:
        """What has been learnt."""

    def state(self) -> State:
        """What it takes to go on: weights and optimiser."""

    def restore(self, state: State) -> None:
        """Go on from what `state` gave."""


def run_phase(
    phase: Phase, labels: npt.NDArray[np.int64], journal: Journal, checkpoints: Checkpoints, before: Standing | None
) -> Standing:
    """Train until it's over. The weights that count are the standing's `best`.

    `labels` are the validation images', [V]. `before` is this phase's own standing when it was interrupted, the one at
    the end of the last phase, or None.
    """
    if before is not None and before.phase == phase.name:
        standing = before
        phase.restore(standing.state)
    else:
        standing = _beginning(phase, labels, before)
    while not standing.finished:
        standing = _next(phase, labels, journal, standing)
        checkpoints.save(standing)
    if standing.best_epoch < standing.epoch:
        say(f"{phase.name}: the weights of epoch {standing.best_epoch} are kept")
    return standing


def _beginning(phase: Phase, labels: npt.NDArray[np.int64], before: Standing | None) -> Standing:
    """The standing before the first epoch; what an earlier phase reached counts as this one's epoch 0."""
    if before is None:
        return Standing(
            phase.name, 0, finished=False, state={}, best={}, best_rank=(-1.0, 0.0), best_epoch=0, epochs=()
        )
    rank = _rank(phase.validation_logits(), labels)
    return replace(
        before, phase=phase.name, epoch=0, finished=False, best=phase.weights(), best_rank=rank, best_epoch=0
    )


def _next(phase: Phase, labels: npt.NDArray[np.int64], journal: Journal, standing: Standing) -> Standing:
    began = time.monotonic()
    number = standing.epoch + 1
    loss = phase.train_epoch(number)
    score, certainty = rank = _rank(phase.validation_logits(), labels)
    epoch = Epoch(phase.name, number, loss, -certainty, score, round(time.monotonic() - began, 3))
    journal.add(epoch, of=phase.epochs)
    better = rank > standing.best_rank
    best_epoch = number if better else standing.best_epoch
    return Standing(
        phase=phase.name,
        epoch=number,
        finished=number >= phase.epochs or number - best_epoch >= PATIENCE_EPOCHS,
        state=phase.state(),
        best=phase.weights() if better else standing.best,
        best_rank=rank if better else standing.best_rank,
        best_epoch=best_epoch,
        epochs=(*standing.epochs, epoch),
    )


def _rank(logits: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Macro-F1, then certainty: few validation images give equal scores often, and the more certain is the better."""
    table = confusion_of(labels, logits.argmax(axis=1), logits.shape[1])
    return float(macro_f1(table)), -mean_log_loss(logits, labels)
