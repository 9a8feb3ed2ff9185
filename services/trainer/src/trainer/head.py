"""The head: one dense layer on the embedding, trained until the validation macro-F1 no longer rises."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.dataset import Split
from contracts.run import TrainSettings
from contracts.steps import say
from trainer.features import Features, Floats, Labels
from trainer.metrics import confusion_of, macro_f1, mean_log_loss
from trainer.tensorflow import keras

EFFECTIVE_NUMBER_BETA = 0.999
"""Class weights follow the effective number of samples (Cui et al., arXiv:1901.05555)."""
PATIENCE_EPOCHS = 12
DROPOUT = 0.3
WEIGHT_DECAY = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A trained dense layer with D inputs and K outputs."""

    kernel: Floats
    """[D, K]"""
    bias: Floats
    """[K]"""
    validation_macro_f1: float
    """Of these weights, the best of all epochs."""


def train_head(features: dict[Split, Features], classes: Sequence[str], settings: TrainSettings, history: Path) -> Head:
    """Train a head.

    Args:
        features: of the training and the validation images.
        classes: K names.
        settings: epochs, learning rate, batch size, seed.
        history: where a line of JSON goes for each epoch.
    """
    keras.utils.set_random_seed(settings.seed)
    train, validation = features[Split.TRAIN], features[Split.VALIDATION]
    images, copies, width = train.embeddings.shape
    embedding = keras.Input((width,))
    dense = keras.layers.Dense(len(classes))
    model = keras.Model(embedding, dense(keras.layers.Dropout(DROPOUT)(embedding)))
    model.compile(
        optimizer=keras.optimizers.AdamW(settings.learning_rate, weight_decay=WEIGHT_DECAY),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    judge = _BestByMacroF1(dense, validation, len(classes), settings.epochs, history)
    labels = np.repeat(train.labels, copies)
    model.fit(
        train.embeddings.reshape(images * copies, width),
        labels,
        sample_weight=class_weights(train.labels, len(classes))[labels],
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        callbacks=[judge],
        verbose=0,
    )
    return judge.best


def class_weights(labels: Labels, classes: int) -> npt.NDArray[np.float64]:
    """[K] weights by effective number of samples, of mean 1 over the images."""
    counts = np.bincount(labels, minlength=classes)
    weights = (1 - EFFECTIVE_NUMBER_BETA) / (1 - EFFECTIVE_NUMBER_BETA ** np.maximum(counts, 1))
    scaled: npt.NDArray[np.float64] = weights * counts.sum() / (weights * counts).sum()
    return scaled


class _BestByMacroF1(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the weights with the best validation macro-F1 and stops when it has long not risen."""

    def __init__(self, dense: Any, validation: Features, classes: int, epochs: int, history: Path) -> None:
        super().__init__()
        self._dense, self._validation, self._classes, self._epochs = dense, validation, classes, epochs
        self._history = history
        self._best: Head | None = None
        self._best_rank = (-1.0, 0.0)
        self._best_epoch = 0

    @property
    def best(self) -> Head:
        if self._best is None:
            raise RuntimeError("no epoch has ended")
        return self._best

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        kernel, bias = (np.asarray(weight) for weight in self._dense.get_weights())
        logits = self._validation.unaltered @ kernel + bias
        score = float(macro_f1(confusion_of(self._validation.labels, logits.argmax(axis=1), self._classes)))
        # few validation images give equal scores often; the more certain of two equally good heads is the better
        rank = (score, -mean_log_loss(logits, self._validation.labels))
        if rank > self._best_rank:
            self._best, self._best_rank, self._best_epoch = Head(kernel, bias, score), rank, epoch
        loss = float((logs or {})["loss"])
        with self._history.open("a") as file:
            file.write(json.dumps({"epoch": epoch + 1, "loss": loss, "validation_macro_f1": score}) + "\n")
        say(f"epoch {epoch + 1}/{self._epochs}: loss {loss:.3f}, validation macro-F1 {score:.3f}")
        if epoch - self._best_epoch >= PATIENCE_EPOCHS:
            say(f"no better since epoch {self._best_epoch + 1}, whose weights are kept")
            self.model.stop_training = True
