"""One model version in LiteRT: pixels in, probabilities, support and activation map out."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from contracts.manifest import InvalidManifestError
from contracts.models.outputs import (
    EMBEDDING,
    EXPLAIN,
    HEATMAP,
    LOGITS,
    OUTPUTS,
    PIXELS,
    PROBABILITIES,
    SUPPORT,
    Size,
    Tensor,
)
from contracts.models.version import DESCRIPTION_FILE, LITERT_FILE, ModelDescription
from inference.litert import InterpreterPool, UnusableModelError

SIGNATURE = EXPLAIN.name
"""The LiteRT file has this one signature: it costs no more than the others and gives every output."""

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What the model says of N images: the arrays of `contracts.models.outputs.OUTPUTS`, by name."""

    arrays: Mapping[str, Floats]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """What one run gave, without what else the graph gives out."""
        return cls({one.name: np.asarray(given[one.name]) for one in OUTPUTS if one.name in given})

    def __getitem__(self, output: Tensor) -> Floats:
        return self.arrays[output.name]

    @property
    def probabilities(self) -> Floats:
        """[N, K], calibrated."""
        return self[PROBABILITIES]

    @property
    def logits(self) -> Floats:
        """[N, K]."""
        return self[LOGITS]

    @property
    def embedding(self) -> Floats:
        """[N, D]."""
        return self[EMBEDDING]

    @property
    def support(self) -> Floats:
        """[N], how much each image looks like what the model was trained on."""
        return self[SUPPORT]

    @property
    def heatmap(self) -> Floats:
        """[N, 7, 7], class activation map of the top class, 0 to 1."""
        return self[HEATMAP]

    def first(self, count: int) -> Self:
        """Those of the first `count` images."""
        return type(self)({name: array[:count] for name, array in self.arrays.items()})


def load_description(folder: Path) -> ModelDescription:
    path = folder / DESCRIPTION_FILE
    try:
        return ModelDescription.from_json(path.read_bytes(), origin=str(path))
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror}"
        raise UnusableModelError(msg) from error
    except InvalidManifestError as error:
        raise UnusableModelError(str(error)) from error


class LiteRtClassifier:
    """A version's LiteRT file. Thread-safe; close it (or use `with`) to end its workers."""

    def __init__(self, path: Path, *, classes: int, side_px: int, workers: int | None = None) -> None:
        """Load a file.

        Args:
            path: `model.tflite`.
            classes: how many it must know.
            side_px: width and height of the pictures it must take.
            workers: interpreters, each on a thread of its own; None is one per usable core.

        Raises:
            UnusableModelError: if it is missing, unreadable, or of another shape.
        """
        self._side_px = side_px
        self._pool = InterpreterPool(path, SIGNATURE, workers=workers)
        try:
            check_shapes(self._pool.inputs | self._pool.outputs, classes, side_px, path)
        except UnusableModelError:
            self._pool.close()
            raise
        self.workers = self._pool.workers

    def submit(self, pixels: Pixels) -> "Future[Outputs]":
        """Queue one image, uint8 [side, side, 3]; the result has N = 1.

        Raises:
            ValueError: if the pixels have another shape or type.
        """
        side = self._side_px
        if pixels.shape != (side, side, 3) or pixels.dtype != np.uint8:
            msg = f"expected uint8 [{side}, {side}, 3], got {pixels.dtype} {list(pixels.shape)}"
            raise ValueError(msg)
        return self._pool.submit(Outputs.of, pixels=pixels[np.newaxis])

    def predict(self, pixels: Pixels) -> Outputs:
        """Run N images, uint8 [N, side, side, 3] with N ≥ 1, and wait for them."""
        return stack([future.result() for future in [self.submit(image) for image in pixels]])

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class LiteRtModel(LiteRtClassifier):
    """A published version: its LiteRT file, held against its own `model.json`."""

    def __init__(self, folder: Path, *, workers: int | None = None) -> None:
        self.description = load_description(folder)
        super().__init__(
            folder / LITERT_FILE,
            classes=len(self.description.classes),
            side_px=self.description.input_size,
            workers=workers,
        )


def stack(parts: Sequence[Outputs]) -> Outputs:
    return Outputs({name: np.concatenate([part.arrays[name] for part in parts]) for name in parts[0].arrays})


def check_shapes(found: Mapping[str, tuple[int, ...]], classes: int, side_px: int, path: Path) -> None:
    """Refuse a file whose inputs or outputs aren't those that `contracts.models.outputs` and `model.json` tell of.

    Args:
        found: name → shape of each input and output.
        classes: how many it must know.
        side_px: width and height of the pictures it must take.
        path: the file, for the message.

    Raises:
        UnusableModelError: with the first difference.
    """
    expected = [one for one in (PIXELS, *OUTPUTS) if one.name in found or not one.optional]
    missing = {one.name for one in expected} - found.keys()
    if missing:
        msg = f"{path} lacks {', '.join(sorted(missing))}"
        raise UnusableModelError(msg)
    for one in expected:
        shape, sizes = found[one.name], one.sizes({Size.IMAGES: 1, Size.CLASSES: classes, Size.SIDE: side_px})
        if len(shape) != len(sizes) or any(size not in (None, is_) for size, is_ in zip(sizes, shape, strict=True)):
            wanted = ", ".join("any" if size is None else str(size) for size in sizes)
            msg = f"{path}: {one.name} has shape {list(shape)}, model.json asks for [{wanted}]"
            raise UnusableModelError(msg)
