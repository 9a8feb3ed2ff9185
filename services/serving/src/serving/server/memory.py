"""Gives memory that was freed back to the system, so that a hundred reloads leave no more behind than one."""

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
"""From glibc's <malloc.h>."""

_M_ARENA_MAX = -8

_LARGE_BYTES = 2**20


def keep_large_blocks_apart() -> None:
    """Let glibc map each large block by itself, so that freeing it returns it at once.

    By default the bound grows with the first block that is freed, and a version's weights then land between others'
    small blocks. Does nothing on other C libraries.
    """
    if (libc := _glibc()) is not None:
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        # an arena for each thread keeps what was freed in it
        libc.mallopt(_M_ARENA_MAX, 1)


def return_freed_memory() -> None:
    """Return what is free; to be called after a version was dropped."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if libc is not None and hasattr(libc, "malloc_trim") else None
