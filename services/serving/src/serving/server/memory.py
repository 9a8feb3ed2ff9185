"""Gives memory that isn't needed back to the system, so that a hundred reloads leave no more behind than one."""

import ctypes
import gc
import sys
from pathlib import Path

_M_MMAP_THRESHOLD = -3
"""From glibc's <malloc.h>."""

_M_ARENA_MAX = -8

_LARGE_BYTES = 2**20

_MADV_DONTNEED = 4
"""From Linux' <asm-generic/mman-common.h>."""


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
    """Return what is free: after a version was dropped, and now and then."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def settle() -> None:
    """Give back what only the start needed; to be called once, when everything is loaded.

    Of the libraries' 35 MB of code half ran for the last time; what is called again comes back from the page cache.
    """
    gc.collect()
    return_freed_memory()
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, permissions, _, _, inode, *_ = line.split()
        # code is never written to, so its pages are the file's
        if permissions == "r-xp" and inode != "0":
            start, end = (int(part, 16) for part in addresses.split("-"))
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if libc is not None and hasattr(libc, "malloc_trim") else None
