"""A LiteRT file: one interpreter on one thread, and a pool of them.

LiteRT doesn't gain from batches on a CPU, so work comes one image at a time and is spread over the workers.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from inference.cores import usable_cores

Arrays = dict[str, npt.NDArray[Any]]
T = TypeVar("T")


class UnusableModelError(RuntimeError):
    """A model that can't be run; the message names the file and says what is wrong with it."""


class Runner:
    """Runs one signature of a LiteRT file. Not thread-safe: whoever shares it lets one call in at a time.

    Several may share one copy of the file's `content`.

    Raises:
        UnusableModelError: if the file is missing or unreadable, or has no such signature.
    """

    def __init__(self, path: Path, signature: str, *, content: bytes | None = None) -> None:
        try:
            self.content = content or path.read_bytes()
            # an empty file would count as none given
            interpreter = Interpreter(model_content=self.content or b"empty", num_threads=1)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            msg = f"{path} is no readable LiteRT model: {error}"
            raise UnusableModelError(msg) from error
        if signature not in interpreter.get_signature_list():
            msg = f"{path} has no signature {signature!r}"
            raise UnusableModelError(msg)
        self._path = path
        self._run = interpreter.get_signature_runner(signature)
        self.inputs = _shapes(self._run.get_input_details())
        """Name → shape of each input."""
        self.outputs = _shapes(self._run.get_output_details())
        """Name → shape of each output."""

    def run(self, **inputs: npt.NDArray[Any]) -> Arrays:
        """The outputs, by name, with the shapes in `outputs`, for inputs with the shapes in `inputs`.

        Raises:
            UnusableModelError: if the file can't be run on them, as an int8 file may fail on a picture far outside of
                what it was calibrated with.
        """
        try:
            outputs: Arrays = self._run(**inputs)
        except RuntimeError as error:
            msg = f"{self._path} failed to run: {error}"
            raise UnusableModelError(msg) from error
        return outputs


def open_runners(path: Path, signature: str, count: int) -> list[Runner]:
    """Several interpreters of one file, of which memory holds one copy.

    Raises:
        UnusableModelError: if it is missing or unreadable, or has no such signature.
    """
    first = Runner(path, signature)
    return [first, *(Runner(path, signature, content=first.content) for _ in range(count - 1))]


class InterpreterPool:
    """Runs one signature of a LiteRT file, by default with a worker (an interpreter on a thread) for each usable core.

    Thread-safe; close it (or use `with`) to end its workers. Raises `UnusableModelError` as `Runner` does.
    """

    def __init__(self, path: Path, signature: str, *, workers: int | None = None) -> None:
        self.workers = workers or usable_cores()
        runners = open_runners(path, signature, self.workers)
        self.inputs = runners[0].inputs
        """Name → shape of each input."""
        self.outputs = runners[0].outputs
        """Name → shape of each output."""
        self._local = threading.local()
        self._idle = runners
        self._threads = ThreadPoolExecutor(
            self.workers, thread_name_prefix=f"litert-{path.parent.name}", initializer=self._start_worker
        )

    def submit(self, read: Callable[[Arrays], T], /, **inputs: npt.NDArray[Any]) -> "Future[T]":
        """Queue one call.

        Args:
            read: makes the result from the outputs, by name, with the shapes in `outputs`.
            inputs: by name, with the shapes in `inputs`.
        """
        return self._threads.submit(lambda: read(self._local.runner.run(**inputs)))

    def close(self) -> None:
        """Finish what was submitted, then free the interpreters."""
        self._threads.shutdown(wait=True)
        self._idle.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _start_worker(self) -> None:
        self._local.runner = self._idle.pop()


def _shapes(details: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(int(size) for size in np.asarray(detail["shape"])) for name, detail in details.items()}
