"""What the exported LiteRT file says of every test image, and production's beside it on the same pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.model import LITERT_FILE
from imaging import INPUT_SIDE_PX, read_pixels
from inference import LiteRtClassifier, Outputs, stack
from objectstore import ObjectStore
from trainer.photos import for_each_photo
from trainer.progress import Progress

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

SAMPLE = 256
"""Test images whose pixels are kept for what takes several runs of each; 40 MB at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Predictions of N test images with K classes."""

    litert: Outputs
    production: Floats | None
    """[N, K of production], by production's LiteRT file; None where there is none to compare with."""
    sample: Pixels
    """uint8 [S, 224, 224, 3] of the first images; items stand in the order of hashes, so these are random ones."""


def look(
    store: ObjectStore,
    items: Sequence[DatasetItem],
    folder: Path,
    classes: int,
    production: LiteRtClassifier | None,
) -> Seen:
    """Run the test images through `model.tflite` in `folder`.

    Args:
        store: holds the images.
        items: the test images.
        folder: holds the exported files.
        classes: how many they know.
        production: the version in production, to be run on the same pixels.

    Raises:
        StoreError: if an image is missing or damaged.
        UnusableModelError: if the LiteRT file can't be used.
    """
    progress = Progress("test images judged", len(items))
    with LiteRtClassifier(folder / LITERT_FILE, classes=classes, side_px=INPUT_SIDE_PX) as litert:

        def run(_: DatasetItem, data: bytes) -> tuple[Pixels, Outputs, Floats | None]:
            pixels = read_pixels(data)
            ours = litert.submit(pixels)
            theirs = None if production is None else production.submit(pixels).result().probabilities
            result = ours.result()
            progress.advance()
            return pixels, result, theirs

        kept: list[Pixels] = []
        ours: list[Outputs] = []
        theirs: list[Floats] = []
        for pixels, outputs, compared in for_each_photo(store, items, run):
            if len(kept) < SAMPLE:
                kept.append(pixels)
            ours.append(outputs)
            if compared is not None:
                theirs.append(compared)
    return Seen(
        litert=stack(ours), production=np.concatenate(theirs) if production is not None else None, sample=np.stack(kept)
    )
