"""What a version's later answers are compared with: how it answered on its validation images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.drift import Histogram, Reference
from imaging import mean_luma, read_pixels
from objectstore import ObjectStore
from trainer.judge.calibration import Calibration
from trainer.photos import for_each_photo

MAX_PHOTOS = 500
"""Read for their brightness; more would change nothing."""
CONFIDENCE_EDGES = tuple(float(edge) for edge in np.linspace(0, 1, 11).round(2))
SUPPORT_EDGES = tuple(float(edge) for edge in np.linspace(0, 1, 21).round(2))
BRIGHTNESS_EDGES = tuple(float(edge) for edge in np.linspace(0, 255, 11))


def make_reference(
    store: ObjectStore, validation: Sequence[DatasetItem], calibration: Calibration, classes: Sequence[str]
) -> Reference:
    """Describe the validation images and the answers to them.

    Raises:
        StoreError: if an image is missing or damaged.
    """
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
