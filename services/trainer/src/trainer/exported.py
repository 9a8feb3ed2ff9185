"""What the exported files say of the test images: the SavedModel, the LiteRT file, and production's beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.model import LITERT_FILE, SAVED_MODEL_FOLDER
from imaging import INPUT_SIDE_PX, golden_pixels, read_pixels
from inference import LiteRtClassifier, Outputs
from objectstore import ObjectStore
from trainer.photos import for_each_photo
from trainer.progress import Progress
from trainer.tensorflow import tf

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

BATCH = 32
"""Images that the SavedModel gets at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Predictions of N test images with K classes, and of the golden pictures."""

    litert: Floats
    """[N, K]"""
    saved_model: Floats
    """[N, K]"""
    support: Floats
    """[N]"""
    production: Floats | None
    """[N, K of production], by production's LiteRT file; None where there is none to compare with."""
    golden_litert: Floats
    """[G, K]"""
    golden_saved_model: Floats
    """[G, K]"""


def look(
    store: ObjectStore,
    items: Sequence[DatasetItem],
    folder: Path,
    classes: int,
    production: LiteRtClassifier | None,
) -> Seen:
    """Run the test images and the golden pictures through the files in `folder`.

    Args:
        store: holds the images.
        items: the test images.
        folder: holds `saved_model/` and `model.tflite`.
        classes: how many the files know.
        production: the version in production, to be run on the same pixels.

    Raises:
        StoreError: if an image is missing or damaged.
        UnusableModelError: if the LiteRT file can't be used.
    """
    saved_model = _saved_model(folder)
    progress = Progress("test images judged", len(items))
    with LiteRtClassifier(folder / LITERT_FILE, classes=classes, side_px=INPUT_SIDE_PX) as litert:

        def run(_: DatasetItem, data: bytes) -> tuple[Pixels, Outputs, Floats | None]:
            pixels = read_pixels(data)
            ours = litert.submit(pixels)
            theirs = None if production is None else production.submit(pixels).result().probabilities
            return pixels, ours.result(), theirs

        parts: list[tuple[Floats, Floats, Floats, Floats | None]] = []
        for batch in _batches(for_each_photo(store, items, run)):
            pixels, outputs, theirs = zip(*batch, strict=True)
            compared = None if production is None else np.concatenate([each for each in theirs if each is not None])
            probabilities = np.concatenate([each.probabilities for each in outputs])
            support = np.concatenate([each.support for each in outputs])
            parts.append((probabilities, saved_model(np.stack(pixels)), support, compared))
            progress.advance(len(batch))
        golden = litert.predict(golden_pixels()).probabilities
    ours, saved, supports, theirs = zip(*parts, strict=True)
    return Seen(
        litert=np.concatenate(ours),
        saved_model=np.concatenate(saved),
        support=np.concatenate(supports),
        production=None if production is None else np.concatenate([each for each in theirs if each is not None]),
        golden_litert=golden,
        golden_saved_model=saved_model(golden_pixels()),
    )


def _saved_model(folder: Path) -> Any:
    loaded = tf.saved_model.load(str(folder / SAVED_MODEL_FOLDER))
    return lambda pixels: loaded.signatures["pixels"](pixels=tf.constant(pixels))["probabilities"].numpy()


def _batches(results: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for result in results:
        batch.append(result)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
