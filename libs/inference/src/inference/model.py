"""One model version in LiteRT: a pool of single-threaded interpreters, one per worker thread.

LiteRT doesn't gain from batches on a CPU, so a batch is spread over the workers image by image.
"""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter
from contracts.manifest import InvalidManifestError
from contracts.model import DESCRIPTION_FILE, LITERT_FILE, ModelDescription

SIGNATURE = "explain"
"""The LiteRT file has this one signature: it costs no more than the others and gives every output."""

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class UnusableModelError(RuntimeError):
    """A version folder that can't be served; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the model says of N images with K classes and D embedding values; all float32."""

    probabilities: Floats
    """[N, K], calibrated."""
    logits: Floats
    """[N, K]"""
    embedding: Floats
    """[N, D]"""
    support: Floats
    """[N], how much each image looks like what the model was trained on."""
    heatmap: Floats
    """[N, 7, 7], class activation map of the top class, 0 to 1."""


def load_description(folder: Path) -> ModelDescription:
    """Read `model.json` of a version folder.

    Raises:
        UnusableModelError: if it is missing or wrong.
    """
    path = folder / DESCRIPTION_FILE
    try:
        return ModelDescription.from_json(path.read_bytes(), origin=str(path))
    except OSError as error:
        raise UnusableModelError(f"{path} can't be read: {error.strerror}") from error
    except InvalidManifestError as error:
        raise UnusableModelError(str(error)) from error


class LiteRtModel:
    """A loaded version. Thread-safe; close it (or use `with`) to end its workers."""

    def __init__(self, folder: Path, *, workers: int | None = None) -> None:
        """Load a version.

        Args:
            folder: holds `model.json` and `model.tflite`.
            workers: interpreters, each on a thread of its own; None is one per usable core.

        Raises:
            UnusableModelError: if a file is missing, unreadable, or doesn't match the other.
        """
        self.description = load_description(folder)
        self._path = folder / LITERT_FILE
        self._local = threading.local()
        _check(_new_interpreter(self._path), self.description, self._path)
        self.workers = workers or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(
            self.workers, thread_name_prefix=f"litert-{self.description.version}", initializer=self._start_worker
        )

    def submit(self, pixels: Pixels) -> "Future[Outputs]":
        """Queue one image, uint8 [224, 224, 3]; the result has N = 1."""
        return self._pool.submit(self._run, pixels)

    def predict(self, pixels: Pixels) -> Outputs:
        """Run N images, uint8 [N, 224, 224, 3], and wait for them."""
        return stack([future.result() for future in [self.submit(image) for image in pixels]])

    def close(self) -> None:
        """Finish what was submitted, then free the interpreters."""
        self._pool.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_worker(self) -> None:
        self._local.runner = _new_interpreter(self._path).get_signature_runner(SIGNATURE)

    def _run(self, pixels: Pixels) -> Outputs:
        side = self.description.input_size
        if pixels.shape != (side, side, 3) or pixels.dtype != np.uint8:
            raise ValueError(f"expected uint8 [{side}, {side}, 3], got {pixels.dtype} {list(pixels.shape)}")
        out: dict[str, Any] = self._local.runner(pixels=pixels[np.newaxis])
        return Outputs(out["probabilities"], out["logits"], out["embedding"], out["support"], out["heatmap"])


def stack(parts: list[Outputs]) -> Outputs:
    """Several results as one, along the first axis."""
    return Outputs(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.embedding for part in parts]),
        np.concatenate([part.support for part in parts]),
        np.concatenate([part.heatmap for part in parts]),
    )


def _new_interpreter(path: Path) -> Any:
    try:
        interpreter = Interpreter(model_path=str(path), num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError, OSError) as error:
        raise UnusableModelError(f"{path} is no readable LiteRT model: {error}") from error
    return interpreter


def _check(interpreter: Any, description: ModelDescription, path: Path) -> None:
    """Refuse a file whose inputs or outputs aren't those that `model.json` tells of."""
    if SIGNATURE not in interpreter.get_signature_list():
        raise UnusableModelError(f"{path} has no signature {SIGNATURE!r}")
    runner = interpreter.get_signature_runner(SIGNATURE)
    side, classes = description.input_size, len(description.classes)
    expected = {"pixels": (1, side, side, 3), "probabilities": (1, classes), "logits": (1, classes), "support": (1,)}
    details = {**runner.get_input_details(), **runner.get_output_details()}
    missing = {"pixels", *Outputs.__dataclass_fields__} - details.keys()
    if missing:
        raise UnusableModelError(f"{path} lacks {', '.join(sorted(missing))}")
    for name, shape in expected.items():
        found = tuple(int(size) for size in details[name]["shape"])
        if found != shape:
            raise UnusableModelError(f"{path}: {name} has shape {list(found)}, model.json asks for {list(shape)}")
