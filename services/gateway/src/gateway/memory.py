"""Keeps the process small: freed photos go back to the system instead of lying about in every thread's own heap."""

import ctypes
import gc
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""From glibc's <malloc.h>."""

_LARGE_BYTES = 2**20
"""Photos and their pixels are larger, nearly everything else is smaller."""
_SLACK_BYTES = 4 * 2**20


_LEFT_OUT = ("rich", "pydantic.v1")
"""What structlog and FastAPI take along where it is installed and do without where it isn't: 8 MB together."""


def leave_out() -> None:
    """Before the first import of anything large: spare this process what it never uses."""
    for name in _LEFT_OUT:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None: it "isn't there"


def one_heap() -> None:
    """One heap for all threads, and large blocks apart from it; does nothing on other C libraries."""
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _SLACK_BYTES)


def give_back() -> None:
    """After the start: give back what importing took, and never look through what stays for garbage again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "mallopt") else None
