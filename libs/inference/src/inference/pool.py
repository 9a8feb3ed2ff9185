"""One LiteRT file on several threads: a pool of single-threaded interpreters, one per worker.

LiteRT doesn't gain from batches on a CPU, so work comes one image at a time and is spread over the workers.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy.typing as npt

from inference.cores import usable_cores
from inference.runner import Arrays, Runner

T = TypeVar("T")


class InterpreterPool:
    """Runs one signature of a LiteRT file. Thread-safe; close it (or use `with`) to end its workers."""

    def __init__(self, path: Path, signature: str, *, workers: int | None = None) -> None:
        """Load the file.

        Args:
            path: the LiteRT file.
            signature: which of its signatures to run.
            workers: interpreters, each on a thread of its own; None is one per usable core.

        Raises:
            UnusableModelError: if the file is missing or unreadable, or has no such signature.
        """
        self.workers = workers or usable_cores()
        runners = [Runner(path, signature) for _ in range(self.workers)]
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_worker(self) -> None:
        self._local.runner = self._idle.pop()
