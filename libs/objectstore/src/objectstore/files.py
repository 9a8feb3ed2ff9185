"""Files that appear only once their content was verified and is on the disk. Knows no transport."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from objectstore.errors import IntegrityError, ObjectNotFoundError

Stream = Callable[[int], Iterator[bytes]]
"""An object's chunks from a byte on."""


def download(stream: Stream, name: str, path: Path, *, sha256: str, size: int) -> None:
    """Write what a stream gives into `path`, which appears whole, or not at all; `name` is the object's, for messages.

    Raises:
        ObjectNotFoundError: if there is no such object.
        IntegrityError: if the content has another size or SHA-256; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unverified_name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unverified = Path(unverified_name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _copy(stream, name, file, sha256=sha256, size=size, start=0, hasher=hashlib.sha256())
        unverified.replace(path)
    finally:
        unverified.unlink(missing_ok=True)


def resume(stream: Stream, name: str, path: Path, *, sha256: str, size: int) -> None:
    """As `download`, but what an attempt that broke off has fetched isn't fetched again: it lies in `.<name>.part`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unverified = path.with_name(f".{path.name}.part")
    resumed = unverified.exists()
    try:
        with unverified.open("a+b") as file:
            file.seek(0)
            hasher = hashlib.file_digest(file, "sha256")
            _copy(stream, name, file, sha256=sha256, size=size, start=file.tell(), hasher=hasher)
    except (IntegrityError, ObjectNotFoundError):
        unverified.unlink()
        if not resumed:
            raise
        # what was there may have been the fault
        resume(stream, name, path, sha256=sha256, size=size)
        return
    unverified.replace(path)


def _copy(
    stream: Stream, name: str, file: IO[bytes], *, sha256: str, size: int, start: int, hasher: "hashlib._Hash"
) -> None:
    """Append what follows byte `start` to `file`, of which `hasher` knows the rest."""
    seen = start
    if not start >= size > 0:
        for chunk in stream(start):
            seen += len(chunk)
            if seen > size:
                break
            hasher.update(chunk)
            file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
    if (seen, hasher.hexdigest()) != (size, sha256):
        msg = f"{name}: expected {size} bytes with SHA-256 {sha256}, got {seen} with {hasher.hexdigest()}"
        raise IntegrityError(msg)
