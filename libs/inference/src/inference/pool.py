"""One LiteRT file on several threads: a pool of single-threaded interpreters, one per worker.

LiteRT doesn't gain from batches on a CPU, so work comes one image at a time and is spread over the workers.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from inference.cores import usable_cores

Arrays = dict[str, npt.NDArray[Any]]
T = TypeVar("T")


class UnusableModelError(RuntimeError):
    """A model that can't be run; the message names the file and says what is wrong with it."""


class InterpreterPool:
    """Runs one signature of a LiteRT file. Thread-safe; close it (or use `with`) to end its workers."""

    def __init__(self, path: Path, signature: str, *, workers: int | None = None) -> None:
        """Load the file once, to learn its shapes and to fail here rather than in a worker.

        Args:
            path: the LiteRT file.
            signature: which of its signatures to run.
            workers: interpreters, each on a thread of its own; None is one per usable core.

        Raises:
            UnusableModelError: if the file is missing or unreadable, or has no such signature.
        """
        self._path = path
        self._signature = signature
        runner = self._new_runner()
        self.inputs = _shapes(runner.get_input_details())
        """Name → shape of each input."""
        self.outputs = _shapes(runner.get_output_details())
        """Name → shape of each output."""
        self.workers = workers or usable_cores()
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(
            self.workers, thread_name_prefix=f"litert-{path.parent.name}", initializer=self._start_worker
        )

    def submit(self, read: Callable[[Arrays], T], /, **inputs: npt.NDArray[Any]) -> "Future[T]":
        """Queue one call.

        Args:
            read: makes the result from the outputs, by name, with the shapes in `outputs`.
            inputs: by name, with the shapes in `inputs`.
        """
        return self._threads.submit(lambda: read(self._local.runner(**inputs)))

    def close(self) -> None:
        """Finish what was submitted, then free the interpreters."""
        self._threads.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_worker(self) -> None:
        self._local.runner = self._new_runner()

    def _new_runner(self) -> Any:
        try:
            interpreter = Interpreter(model_path=str(self._path), num_threads=1)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            msg = f"{self._path} is no readable LiteRT model: {error}"
            raise UnusableModelError(msg) from error
        if self._signature not in interpreter.get_signature_list():
            msg = f"{self._path} has no signature {self._signature!r}"
            raise UnusableModelError(msg)
        return interpreter.get_signature_runner(self._signature)


def _shapes(details: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(int(size) for size in np.asarray(detail["shape"])) for name, detail in details.items()}
