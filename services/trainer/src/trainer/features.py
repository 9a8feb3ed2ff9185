"""What the frozen backbone sees, computed once: the embedding of each training image and of its altered copies.

LiteRT runs the backbone, since on a CPU it is several times faster per image than TensorFlow; decoding, altering
and running overlap in threads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem, Split
from contracts.steps import say
from imaging import to_pixels, upright_rgb
from imaging.size import INPUT_SIDE_PX
from inference import SIGNATURE, InterpreterPool
from objectstore import ObjectStore
from trainer.augment import altered
from trainer.export import litert
from trainer.photos import for_each_photo
from trainer.progress import Progress
from trainer.tensorflow import tf

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Embeddings of N images of one split, each with C copies: the image itself first, then the altered ones."""

    embeddings: Floats
    """[N, C, D]"""
    labels: Labels
    """[N], indices into the classes."""

    @property
    def unaltered(self) -> Floats:
        """[N, D], of the images themselves."""
        return self.embeddings[:, 0]


def embed(
    store: ObjectStore,
    items: Sequence[DatasetItem],
    classes: Sequence[str],
    backbone: Any,
    *,
    altered_copies: int,
    seed: int,
) -> dict[Split, Features]:
    """Embed the training images with their altered copies, and the validation images as they are.

    Args:
        store: holds the images.
        items: of a dataset; test images are never looked at.
        classes: names, in the order of the labels.
        backbone: from `build_backbone`.
        altered_copies: of each training image.
        seed: of the alterations; with the image's SHA-256 it decides them alone.

    Raises:
        StoreError: if an image is missing or damaged.
    """
    say("converting the backbone to LiteRT")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "backbone.tflite"
        path.write_bytes(litert(lambda pixels: {"embedding": _embedding(backbone, pixels)}))
        with InterpreterPool(path, SIGNATURE) as engine:
            return {
                split: _embed_split(
                    store, [i for i in items if i.split is split], classes, engine, copies=copies, seed=seed
                )
                for split, copies in ((Split.TRAIN, altered_copies), (Split.VALIDATION, 0))
            }


def _embedding(backbone: Any, pixels: Any) -> Any:
    return tf.reduce_mean(backbone(tf.cast(pixels, tf.float32), training=False), axis=[1, 2])


def _embed_split(
    store: ObjectStore,
    items: Sequence[DatasetItem],
    classes: Sequence[str],
    engine: InterpreterPool,
    *,
    copies: int,
    seed: int,
) -> Features:
    progress = Progress(f"{items[0].split} images embedded", len(items))

    def embed_one(item: DatasetItem, data: bytes) -> Floats:
        picture = upright_rgb(data, at_least_px=INPUT_SIDE_PX)
        rng = np.random.default_rng([seed, int(item.sha256[:16], 16)])
        versions = [to_pixels(picture), *(altered(picture, rng) for _ in range(copies))]
        futures = [engine.submit(_row, pixels=pixels[np.newaxis]) for pixels in versions]
        rows = np.stack([future.result() for future in futures])
        progress.advance()
        return rows

    rows = list(for_each_photo(store, items, embed_one))
    return Features(np.stack(rows), np.array([list(classes).index(item.label) for item in items]))


def _row(outputs: Mapping[str, Floats]) -> Floats:
    row: Floats = outputs["embedding"][0]
    return row
