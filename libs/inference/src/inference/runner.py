"""One LiteRT interpreter on one thread. Not thread-safe: whoever shares it lets one call in at a time."""

import ctypes
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

Arrays = dict[str, npt.NDArray[Any]]

_MADV_DONTNEED = 4
"""From Linux' <asm-generic/mman-common.h>."""


class UnusableModelError(RuntimeError):
    """A model that can't be run; the message names the file and says what is wrong with it."""


class Runner:
    """Runs one signature of a LiteRT file."""

    def __init__(self, path: Path, signature: str) -> None:
        """Load the file.

        Raises:
            UnusableModelError: if it is missing or unreadable, or has no such signature.
        """
        try:
            interpreter = Interpreter(model_path=str(path), num_threads=1)
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


def release_file_pages(path: Path) -> None:
    """Hand the mapped pages of a loaded file back to the system.

    XNNPACK has made its own, packed copy of the weights, one for each interpreter. What is needed of the file again
    comes back from the page cache by itself. Does nothing where there is no /proc.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(f" {path}"):
            start, end = (int(part, 16) for part in line.partition(" ")[0].split("-"))
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)


def _shapes(details: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(int(size) for size in np.asarray(detail["shape"])) for name, detail in details.items()}
