"""The first phase: one dense layer on the embeddings that the frozen network made.

Done in numpy: with the features at hand an epoch takes a tenth of a second, and a retraining needs no TensorFlow. The
layer learns from standardised embeddings; what is kept is the same layer for plain ones.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from contracts.run import TrainSettings
from trainer.fit.checkpoints import State
from trainer.judge.metrics import softmax
from trainer.network.features import CHUNK, Features, Floats, Labels

EFFECTIVE_NUMBER_BETA = 0.999
"""Class weights follow the effective number of samples (Cui et al., arXiv:1901.05555)."""
DROPOUT = 0.3
WEIGHT_DECAY = 1e-4
FIRST_DECAY, SECOND_DECAY, SMALLEST = 0.9, 0.999, 1e-7
"""Of AdamW (Loshchilov & Hutter, arXiv:1711.05101)."""
SMALLEST_SPREAD = 0.3
"""Added to an embedding value's standard deviation, which is mostly under 1: what hardly ever differs is not blown up.
Chosen by validation within the training groups; a hundredth of it fits noise, and costs real photographs 3 in 100."""

KERNEL, BIAS = "kernel", "bias"


class HeadPhase:
    """Learns a dense layer with D inputs and K outputs."""

    name = "head"

    def __init__(self, train: Features, validation: Features, classes: Sequence[str], settings: TrainSettings) -> None:
        self.epochs = settings.epochs
        self._train, self._validation, self._settings = train, validation, settings
        self._labels = train.row_labels
        self._weights = class_weights(train.labels, len(classes)).astype(np.float32)
        self._mean, self._spread = _statistics(train)
        limit = np.sqrt(6 / (train.width + len(classes)))
        kernel = np.random.default_rng(settings.seed).uniform(-limit, limit, (train.width, len(classes)))
        layer = {KERNEL: kernel.astype(np.float32), BIAS: np.zeros(len(classes), np.float32)}
        averages = {f"{name} {which}": np.zeros_like(layer[name]) for name in layer for which in ("first", "second")}
        self._state: dict[str, Floats] = {**layer, **averages, "steps": np.zeros(1, np.float32)}

    def train_epoch(self, epoch: int) -> float:
        rng = np.random.default_rng([self._settings.seed, epoch])
        order = rng.permutation(self._train.rows.count)
        size = self._settings.batch_size
        # matrices this small are multiplied fastest by one thread
        with threadpool_limits(1, "blas"):
            losses = [self._step(order[start : start + size], rng) for start in range(0, len(order), size)]
        return float(np.sum(losses)) / len(order)

    def validation_logits(self) -> Floats:
        layer, rows = self.weights(), range(0, self._validation.rows.count, self._validation.copies)
        chunks = (self._validation.embeddings(rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK))
        return np.concatenate([chunk @ layer[KERNEL] + layer[BIAS] for chunk in chunks])

    def weights(self) -> State:
        """The layer for plain embeddings: `kernel` [D, K] and `bias` [K]."""
        kernel = self._state[KERNEL] / self._spread[:, np.newaxis]
        return {KERNEL: kernel, BIAS: self._state[BIAS] - self._mean @ kernel}

    def state(self) -> State:
        """The layer for standardised embeddings, and AdamW's averages."""
        return {name: values.copy() for name, values in self._state.items()}

    def restore(self, state: State) -> None:
        self._state = {name: values.copy() for name, values in state.items()}

    def _step(self, rows: npt.NDArray[np.int64], rng: np.random.Generator) -> float:
        inputs = (self._train.embeddings(rows) - self._mean) / self._spread
        inputs *= (rng.random(inputs.shape, dtype=np.float32) >= DROPOUT) / np.float32(1 - DROPOUT)
        labels = self._labels[rows]
        logits = inputs @ self._state[KERNEL] + self._state[BIAS]
        probabilities = softmax(logits).astype(np.float32)
        picked = np.arange(len(rows)), labels
        losses = -np.log(np.maximum(probabilities[picked], 1e-12)) * self._weights[labels]
        slope = probabilities
        slope[picked] -= 1
        slope *= self._weights[labels][:, np.newaxis] / len(rows)
        self._update({KERNEL: inputs.T @ slope, BIAS: slope.sum(axis=0)})
        return float(losses.sum())

    def _update(self, gradients: State) -> None:
        state, rate = self._state, self._settings.learning_rate
        state["steps"] += 1
        steps = float(state["steps"][0])
        for name, gradient in gradients.items():
            first, second = state[f"{name} first"], state[f"{name} second"]
            first += (1 - FIRST_DECAY) * (gradient - first)
            second += (1 - SECOND_DECAY) * (gradient**2 - second)
            step = first / (1 - FIRST_DECAY**steps) / (np.sqrt(second / (1 - SECOND_DECAY**steps)) + SMALLEST)
            state[name] -= rate * (step + WEIGHT_DECAY * state[name])


def class_weights(labels: Labels, classes: int) -> npt.NDArray[np.float64]:
    """[K] weights by effective number of samples, of mean 1 over the images."""
    counts = np.bincount(labels, minlength=classes)
    weights = (1 - EFFECTIVE_NUMBER_BETA) / (1 - EFFECTIVE_NUMBER_BETA ** np.maximum(counts, 1))
    scaled: npt.NDArray[np.float64] = weights * counts.sum() / (weights * counts).sum()
    return scaled


def _statistics(train: Features) -> tuple[Floats, Floats]:
    """Mean and spread of each value over all rows, [D] each."""
    sums = np.zeros((2, train.width))
    for start in range(0, train.rows.count, CHUNK):
        values = train.embeddings(range(start, min(start + CHUNK, train.rows.count)))
        sums += values.sum(axis=0), (values**2).sum(axis=0)
    mean, square = sums / train.rows.count
    spread = np.sqrt(np.maximum(square - mean**2, 0)) + SMALLEST_SPREAD
    return mean.astype(np.float32), spread.astype(np.float32)
