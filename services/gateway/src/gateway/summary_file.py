"""Writes and reads batches of prediction summaries. Imported by processes of their own only: Arrow is large.

`python -m gateway.summary_file <model>` writes the lines of JSON from its standard input as one object.
"""

import io
import json
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

from arro3.core import Array, DataType, Table
from arro3.io import read_parquet, write_parquet

from contracts import keys
from objectstore import ObjectStore, StoreError, StoreSettings

COLUMNS = {
    "at": DataType.int64(),
    "version": DataType.int32(),
    "channel": DataType.string(),
    "label": DataType.string(),
    "confidence": DataType.float32(),
    "decision": DataType.string(),
    "support": DataType.float32(),
    "brightness": DataType.float32(),
    "total_ms": DataType.float32(),
}
TIME = DataType.timestamp("ms", tz="UTC")
"""What `at` is in the file; Arrow takes it as milliseconds."""


def write(store: ObjectStore, model: str, lines: list[str]) -> str:
    """Write one batch and return its key.

    Raises:
        StoreError: if it can't be written.
    """
    rows = [json.loads(line) for line in lines]
    for row in rows:
        row["at"] = round(datetime.fromisoformat(row["at"]).timestamp() * 1000)
    columns = {name: Array([row.get(name) for row in rows], type=kind) for name, kind in COLUMNS.items()}
    columns["at"] = columns["at"].cast(TIME)
    stream = io.BytesIO()
    write_parquet(Table.from_arrays(list(columns.values()), names=list(columns)), stream, compression="zstd(1)")
    last = datetime.fromtimestamp(max(row["at"] for row in rows) / 1000, UTC)
    key = keys.predictions_of(model, last.date(), f"{last:%H%M%S}-{uuid.uuid4().hex[:12]}")
    store.put(key, stream.getvalue(), if_absent=True)
    return key


def read(store: ObjectStore, model: str, since: date) -> Iterator[Table]:
    """The batches written on a day or later.

    Raises:
        StoreError: if they can't be read.
    """
    for entry in store.walk(keys.predictions(model)):
        if entry.key >= keys.predictions_of(model, since, ""):
            yield read_parquet(io.BytesIO(store.get(entry.key).body)).read_all()


if __name__ == "__main__":
    try:
        write(ObjectStore(StoreSettings()), sys.argv[1], sys.stdin.read().splitlines())
    except StoreError as error:
        sys.exit(str(error))
