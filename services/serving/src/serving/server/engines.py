"""What runs a version's network: LiteRT by default, TensorFlow when asked for, behind one small interface."""

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog

from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE, ModelDescription
from inference import SIGNATURE, Outputs, check_shapes, load_description, open_runners
from serving.server.options import EngineName, EngineOptions, Precision

log = structlog.get_logger()

Pixels = npt.NDArray[np.uint8]

TENSORFLOW_BATCH = 32
"""Images in one call; more make the call slower without making an image cheaper."""


class Engine(Protocol):
    """A loaded version's network. `run` may be called by each worker at the same time, never twice by the same one."""

    description: ModelDescription

    batch: int
    """How many images are worth running in one call."""

    def run(self, worker: int, pixels: Pixels) -> Outputs:
        """Run at most `batch` images, uint8 [N, side, side, 3], on the worker with this number."""

    def close(self) -> None:
        """No worker runs any more."""


def open_engine(folder: Path, options: EngineOptions) -> Engine:
    """Load a version folder; UnusableModelError if a file is missing, unreadable, or doesn't match the other."""
    if options.engine is EngineName.SAVEDMODEL:
        return SavedModelEngine(folder, workers=options.workers)
    return LiteRtEngine(folder, workers=options.workers, precision=options.precision)


class LiteRtEngine:
    """A single-threaded interpreter per worker. A batch doesn't help LiteRT on a CPU, so images run one by one."""

    batch = 1

    def __init__(self, folder: Path, *, workers: int, precision: Precision) -> None:
        self.description = load_description(folder)
        path = folder / LITERT_FILE
        if precision is Precision.INT8:
            if (folder / LITERT_INT8_FILE).exists():
                path = folder / LITERT_INT8_FILE
            else:
                log.warning("no int8 file, served in float", folder=str(folder), file=LITERT_INT8_FILE)
        self._runners = open_runners(path, SIGNATURE, workers)
        first = self._runners[0]
        check_shapes(first.inputs | first.outputs, len(self.description.classes), self.description.input_size, path)

    def run(self, worker: int, pixels: Pixels) -> Outputs:
        return Outputs.of(self._runners[worker].run(pixels=pixels))

    def close(self) -> None:
        self._runners.clear()


class SavedModelEngine:
    """The SavedModel in TensorFlow, which is imported only then: 500 MB and seconds."""

    batch = TENSORFLOW_BATCH

    def __init__(self, folder: Path, *, workers: int) -> None:
        from inference.saved_model import SavedModel  # noqa: PLC0415 - brings TensorFlow

        self._model = SavedModel(folder, workers=workers)
        self.description = self._model.description

    def run(self, worker: int, pixels: Pixels) -> Outputs:  # noqa: ARG002 - TensorFlow's sessions are thread-safe
        return self._model.run(pixels)

    def close(self) -> None:
        self._model.close()
