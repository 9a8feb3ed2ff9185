"""Keeps the process small: freed photos go back to the system instead of lying about in every thread's own heap."""

import ctypes
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""From glibc's <malloc.h>."""

_LARGE_BYTES = 2**20


def one_heap() -> None:
    """One heap for all threads, and large blocks apart from it; does nothing on other C libraries."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is not None and hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)
