"""What runs a version's network: LiteRT by default, TensorFlow when asked for, behind one small interface."""

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from contracts.model import ModelDescription
from inference import Outputs
from serving.server.options import EngineName, EngineOptions

Pixels = npt.NDArray[np.uint8]


class Engine(Protocol):
    """A loaded version's network. `run` may be called by each worker at the same time, never twice by the same one."""

    description: ModelDescription

    batch: int
    """How many images are worth running in one call."""

    def run(self, worker: int, pixels: Pixels) -> Outputs:
        """Run at most `batch` images, uint8 [N, 224, 224, 3], on the worker with this number."""

    def close(self) -> None:
        """Free what it holds; no worker runs any more."""


def open_engine(folder: Path, options: EngineOptions) -> Engine:
    """Load a version folder.

    Raises:
        UnusableModelError: if it can't be.
    """
    if options.engine is EngineName.SAVEDMODEL:
        from serving.server.savedmodel_engine import SavedModelEngine  # noqa: PLC0415 - brings TensorFlow

        return SavedModelEngine(folder, workers=options.workers)
    from serving.server.litert_engine import LiteRtEngine  # noqa: PLC0415

    return LiteRtEngine(folder, workers=options.workers, precision=options.precision)
