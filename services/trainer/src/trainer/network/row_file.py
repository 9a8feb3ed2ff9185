"""Equal rows of 16-bit numbers in a local file, read and written by position.

What doesn't fit into memory lies here: reads go through the system's page cache, so a dataset of any size takes the
same memory of ours. (A mapped file would count as ours.)
"""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Halves = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

BYTES = np.dtype(np.float16).itemsize


class Rows:
    """A table of float16, N rows of W values; rows that were never written are zero. Safe to share between threads."""

    def __init__(self, path: Path, count: int, width: int) -> None:
        self.count, self.width = count, width
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, count * width * BYTES)

    def write(self, at: int, rows: Halves) -> None:
        """Put rows, [n, W], at position `at` and the following."""
        os.pwrite(self._file, np.ascontiguousarray(rows, np.float16).tobytes(), at * self.width * BYTES)

    def take(self, indices: Iterable[int], start: int = 0, stop: int | None = None) -> Floats:
        """The columns from `start` to `stop` of these rows, float32 [n, stop - start]."""
        columns = (self.width if stop is None else stop) - start
        parts = [os.pread(self._file, columns * BYTES, (int(index) * self.width + start) * BYTES) for index in indices]
        return np.frombuffer(b"".join(parts), np.float16).reshape(len(parts), columns).astype(np.float32)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)
