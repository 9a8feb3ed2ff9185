"""Keeps the process small: freed photos go back to the system instead of lying about in every thread's own heap."""

import asyncio
import ctypes
import gc
import sys
from pathlib import Path

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""From glibc's <malloc.h>."""
_MADV_DONTNEED = 4
"""From Linux' <asm-generic/mman-common.h>."""

_LARGE_BYTES = 2**20
"""Photos and their pixels are larger, nearly everything else is smaller."""
_TRIM_EVERY_S = 1.0
_SLACK_BYTES = 4 * 2**20


_LEFT_OUT = ("rich", "pydantic.v1")
"""What structlog, FastAPI and uvicorn take along where it is installed and do without where it isn't: 9 MB together."""


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
    """After the start: give back what importing took, and never look through what stays for garbage again.

    Half of the libraries' code ran for the last time; what is called again comes back from the page cache.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    libc = _glibc()
    if libc is None:
        return
    libc.malloc_trim(0)
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, permissions, _, _, inode, *_ = line.split()
        # code is never written to, so its pages are the file's
        if permissions == "r-xp" and inode != "0":
            start, end = (int(part, 16) for part in addresses.split("-"))
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)


async def trim_now_and_then() -> None:
    """Give back what a crowd took; never ends, and takes half a millisecond each time."""
    libc = _glibc()
    while libc is not None:
        await asyncio.sleep(_TRIM_EVERY_S)
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "mallopt") else None
