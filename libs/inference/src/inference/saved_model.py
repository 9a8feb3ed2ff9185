"""A version's SavedModel in TensorFlow, with the face of its LiteRT file. Loading it takes seconds and 500 MB."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np

from contracts.models.version import SAVED_MODEL_FOLDER
from inference.cores import usable_cores
from inference.litert import UnusableModelError
from inference.model import SIGNATURE, Outputs, Pixels, load_description

_GRAPH_FILE = "saved_model.pb"


class SavedModel:
    """A published version's SavedModel. Thread-safe; close it (or use `with`) to end its workers."""

    def __init__(self, folder: Path, *, workers: int | None = None) -> None:
        """Load a version.

        Args:
            folder: holds `model.json` and the SavedModel: in `saved_model/`, as it is published, or at the top, as it
                lies on a serving volume.
            workers: calls under way at once; None is one per usable core.

        Raises:
            UnusableModelError: if TensorFlow isn't installed, or a file is missing, unreadable or of another shape.
        """
        self.description = load_description(folder)
        self.workers = workers or usable_cores()
        where = folder if (folder / _GRAPH_FILE).exists() else folder / SAVED_MODEL_FOLDER
        self._tensorflow = _tensorflow()
        try:
            # kept, because a signature doesn't keep its variables alive
            self._model: Any = self._tensorflow.saved_model.load(str(where))
            self._explain: Any = self._model.signatures[SIGNATURE]
        except (OSError, ValueError, LookupError, self._tensorflow.errors.OpError) as error:
            msg = f"{where} holds no SavedModel with the signature {SIGNATURE!r}: {error}"
            raise UnusableModelError(msg) from error
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="savedmodel")

    def submit(self, pixels: Pixels) -> "Future[Outputs]":
        """Queue one image, uint8 [side, side, 3]; the result has N = 1."""
        return self._threads.submit(self.run, pixels[np.newaxis])

    def run(self, pixels: Pixels) -> Outputs:
        """Run N images, uint8 [N, side, side, 3], in one call; TensorFlow spreads it over all cores itself.

        Raises:
            UnusableModelError: if the graph can't be run on them.
        """
        try:
            return Outputs.of(self._explain(pixels=self._tensorflow.constant(pixels)))
        except self._tensorflow.errors.OpError as error:
            msg = f"TensorFlow can't run the model: {error.message}"
            raise UnusableModelError(msg) from error

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _tensorflow() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow  # noqa: PLC0415 - seconds and 500 MB, for those who ask for it
    except ModuleNotFoundError as error:
        msg = "a SavedModel needs TensorFlow: install tensorflow-cpu, or ask for the LiteRT file, which says the same"
        raise UnusableModelError(msg) from error
    return tensorflow
