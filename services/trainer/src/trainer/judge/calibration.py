"""Calibration on the validation images: the temperature, and below which values a prediction is no answer.

How a version answers on them is also what its later answers are compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.models.drift import Histogram, Reference
from contracts.models.version import Thresholds
from imaging import mean_luma, read_pixels
from objectstore import ObjectStore
from trainer.fit.run_folder import TrainedHead
from trainer.judge.metrics import mean_log_loss, softmax
from trainer.network.support import class_prototypes, support
from trainer.photos import for_each_photo

Floats = npt.NDArray[np.float32]

TEMPERATURES = np.geomspace(0.5, 10.0, 200)
"""Searched one by one. Validation images that are all classified right would ask for ever lower ones; 0.5 ends that."""
TEMPERATURE_PRIOR = 0.2
"""Standard deviation of log T around 0 that is expected before any image is seen. A hundred images in fifty groups
leave log T uncertain by about as much; against thousands the prior weighs nothing."""
UNSUPPORTED_DEVIATIONS = 2.05
"""How many standard deviations from the middle a validation image's distance is called too far: 2 in 100 of a normal
distribution. An extreme quantile of few images in fewer groups can't be read off; a spread can be measured."""
SMALLEST_DISTANCE = 1e-4
"""Of a validation image from the nearest prototype: rounding must not decide."""
ACCEPTED_RISK = 0.10
"""Share of errors that the confident answers may hold."""
UNCERTAIN_RANGE = (0.5, 0.95)
"""Less likely than its opposite is never confident, and even a poor model may be confident of something."""

MAX_PHOTOS = 500
"""Read for their brightness; more would change nothing."""
CONFIDENCE_EDGES = tuple(float(edge) for edge in np.linspace(0, 1, 11).round(2))
SUPPORT_EDGES = tuple(float(edge) for edge in np.linspace(0, 1, 21).round(2))
BRIGHTNESS_EDGES = tuple(float(edge) for edge in np.linspace(0, 255, 11))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How logits become probabilities, and probabilities answers; with what that gives for V validation images."""

    temperature: float
    thresholds: Thresholds
    prototypes: Floats
    """[P, D], unit length: whose nearest cosine is the support."""
    probabilities: npt.NDArray[np.float64]
    """[V, K]"""
    supports: Floats
    """[V]"""


def calibrate(head: TrainedHead) -> Calibration:
    logits = head.validation_embeddings @ head.kernel + head.bias
    temperature = fit_temperature(logits, head.validation_labels)
    probabilities = softmax(logits / temperature)
    kept = len(head.train_labels) > 0
    prototypes = class_prototypes(head.train_embeddings, head.train_labels) if kept else head.prototypes
    supports = support(head.validation_embeddings, prototypes)
    thresholds = Thresholds(
        uncertain=uncertain_threshold(probabilities, head.validation_labels),
        unsupported=unsupported_threshold(supports),
    )
    return Calibration(temperature, thresholds, prototypes, probabilities, supports)


def unsupported_threshold(supports: Floats) -> float:
    """The support below which a picture is unlike [V] validation images: a normal fit to the logarithm of distances."""
    distances = np.log(np.maximum(1 - np.asarray(supports, np.float64), SMALLEST_DISTANCE))
    return float(1 - np.exp(distances.mean() + UNSUPPORTED_DEVIATIONS * distances.std()))


def fit_temperature(logits: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """The temperature with the least log loss (Guo et al., arXiv:1706.04599), summed and with a prior around 1."""
    losses = np.array([len(labels) * mean_log_loss(logits / temperature, labels) for temperature in TEMPERATURES])
    prior = np.log(TEMPERATURES) ** 2 / (2 * TEMPERATURE_PRIOR**2)
    return float(TEMPERATURES[int(np.argmin(losses + prior))])


def uncertain_threshold(probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """The lowest top probability from which on at most `ACCEPTED_RISK` of the answers are wrong.

    Read off the risk–coverage curve (Geifman & El-Yaniv, arXiv:1705.08500) of [N, K] calibrated probabilities and kept
    within `UNCERTAIN_RANGE`.
    """
    lowest, highest = UNCERTAIN_RANGE
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence)
    wrong = probabilities.argmax(axis=1)[order] != labels[order]
    risk = np.cumsum(wrong) / np.arange(1, len(wrong) + 1)
    accepted = np.nonzero(risk <= ACCEPTED_RISK)[0]
    found = confidence[order][accepted[-1]] if len(accepted) else highest
    return float(np.clip(found, lowest, highest))


def make_reference(
    store: ObjectStore, validation: Sequence[DatasetItem], calibration: Calibration, classes: Sequence[str]
) -> Reference:
    top = calibration.probabilities.argmax(axis=1)
    # items stand in the order of their hashes: the first ones are a random sample
    brightness = list(for_each_photo(store, validation[:MAX_PHOTOS], lambda _, data: mean_luma(read_pixels(data))))
    return Reference(
        images=len(top),
        confidence=_histogram(calibration.probabilities.max(axis=1), CONFIDENCE_EDGES),
        support=_histogram(calibration.supports, SUPPORT_EDGES),
        brightness=_histogram(np.array(brightness), BRIGHTNESS_EDGES),
        classes={name: float((top == index).mean()) for index, name in enumerate(classes)},
    )


def _histogram(values: npt.NDArray[np.floating[Any]], edges: tuple[float, ...]) -> Histogram:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
    return Histogram(edges=edges, shares=tuple(float(count) for count in counts / counts.sum()))
