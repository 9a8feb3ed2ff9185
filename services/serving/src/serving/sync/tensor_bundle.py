"""Whether a SavedModel's variables are all there, without TensorFlow: the index says how long each shard must be.

TensorFlow Serving declares a version without variables AVAILABLE and fails at its first request. The index is a table
in LevelDB's format (https://github.com/google/leveldb/blob/main/doc/table_format.md) of BundleEntryProto messages
(tensorflow/core/protobuf/tensor_bundle.proto).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from serving.errors import VersionRefusedError

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
UNCOMPRESSED = 0

_NUM_SHARDS, _SHARD_ID, _OFFSET, _SIZE = 1, 3, 4, 5
"""Field numbers: the first of BundleHeaderProto, the others of BundleEntryProto."""


def check_variables(folder: Path) -> None:
    """Check `variables/` of a SavedModel.

    Raises:
        VersionRefusedError: if a shard or the index is missing, cut short or unreadable.
    """
    index = folder / "variables" / "variables.index"
    try:
        shards, needed = _needed_bytes(index.read_bytes())
    except FileNotFoundError as error:
        msg = "the SavedModel has no variables: variables/variables.index is missing"
        raise VersionRefusedError(msg) from error
    except (IndexError, ValueError, struct.error) as error:
        msg = f"variables/variables.index can't be read: {error}"
        raise VersionRefusedError(msg) from error
    for shard in range(shards):
        path = index.with_name(f"variables.data-{shard:05}-of-{shards:05}")
        if not path.is_file():
            msg = f"the SavedModel's shard variables/{path.name} is missing"
            raise VersionRefusedError(msg)
        if path.stat().st_size < needed.get(shard, 0):
            msg = f"variables/{path.name} is cut short: {path.stat().st_size} bytes, its index needs {needed[shard]}"
            raise VersionRefusedError(msg)


def _needed_bytes(table: bytes) -> tuple[int, dict[int, int]]:
    """The number of shards, and how long each must at least be."""
    footer = table[-FOOTER_BYTES:]
    if len(footer) < FOOTER_BYTES or struct.unpack("<Q", footer[-8:])[0] != MAGIC:
        msg = "it is no table"
        raise ValueError(msg)
    _, place = _varint(footer, 0)
    _, place = _varint(footer, place)
    index_offset, place = _varint(footer, place)
    index_size, _ = _varint(footer, place)
    shards, needed = 1, dict[int, int]()
    for _, handle in _entries(table, index_offset, index_size):
        offset, place = _varint(handle, 0)
        size, _ = _varint(handle, place)
        for key, value in _entries(table, offset, size):
            fields = dict(_numbers(value))
            if not key:
                shards = fields.get(_NUM_SHARDS, 1)
            else:
                shard = fields.get(_SHARD_ID, 0)
                needed[shard] = max(needed.get(shard, 0), fields.get(_OFFSET, 0) + fields.get(_SIZE, 0))
    return shards, needed


def _entries(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each entry of a block."""
    block = table[offset : offset + size]
    if len(block) < size or table[offset + size] != UNCOMPRESSED:
        msg = "a block is cut short or compressed"
        raise ValueError(msg)
    (restarts,) = struct.unpack("<I", block[-4:])
    end, place, key = size - 4 * (restarts + 1), 0, b""
    while place < end:
        shared, place = _varint(block, place)
        own, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + length]
        place += length


def _numbers(message: bytes) -> Iterator[tuple[int, int]]:
    """The varint fields of a protobuf message."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        match tag & 7:
            case 0:
                value, place = _varint(message, place)
                yield tag >> 3, value
            case 1:
                place += 8
            case 2:
                length, place = _varint(message, place)
                place += length
            case 5:
                place += 4
            case other:
                msg = f"wire type {other}"
                raise ValueError(msg)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
