"""A batch of prediction summaries as a file: a line of JSON for each prediction, gzipped.

Until version 0.1 batches were written as Parquet; those are still read.
"""

import gzip
import io
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import from_json

SUFFIXES = (".jsonl.gz", ".parquet")
"""Of the files that `read_batch` reads."""


class UnreadableSummariesError(ValueError): ...


def pack_batch(lines: Iterable[bytes]) -> bytes:
    """The file of one batch. 10,000 lines take 13 ms at this level and come to half a megabyte."""
    return gzip.compress(b"\n".join(lines), compresslevel=1, mtime=0)


def read_batch(key: str, body: bytes) -> Sequence[dict[str, Any]]:
    if key.endswith(".parquet"):
        return _read_parquet(body)
    if not body:
        raise UnreadableSummariesError("it is empty")
    try:
        rows: list[dict[str, Any]] = from_json(b"[" + b",".join(gzip.decompress(body).splitlines()) + b"]")
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise UnreadableSummariesError(str(error) or type(error).__name__) from error
    return rows


def _read_parquet(body: bytes) -> Sequence[dict[str, Any]]:
    from arro3.io import read_parquet  # noqa: PLC0415 - for old files alone

    names = ("version", "label", "confidence", "brightness")
    try:
        table = read_parquet(io.BytesIO(body)).read_all()
        columns = [table[name].to_pylist() for name in names]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library panics, which is no Exception
        raise UnreadableSummariesError(str(error)) from error
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
