"""Writes and reads batches of prediction summaries. Imported by processes of their own only: pyarrow is large.

`python -m gateway.summary_file <model>` writes the lines of JSON from its standard input as one object.
"""

import io
import json
import sys
import uuid
from collections.abc import Iterator
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from contracts import keys
from objectstore import ObjectStore, StoreError, StoreSettings

SCHEMA = pa.schema(
    [
        ("at", pa.timestamp("ms", tz="UTC")),
        ("version", pa.int32()),
        ("channel", pa.string()),
        ("label", pa.string()),
        ("confidence", pa.float32()),
        ("decision", pa.string()),
        ("support", pa.float32()),
        ("brightness", pa.float32()),
        ("total_ms", pa.float32()),
    ]
)


def write(store: ObjectStore, model: str, lines: list[str]) -> str:
    """Write one batch and return its key.

    Raises:
        StoreError: if it can't be written.
    """
    rows = [json.loads(line) for line in lines]
    for row in rows:
        row["at"] = datetime.fromisoformat(row["at"])
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), stream, compression="zstd")
    last = max(row["at"] for row in rows)
    key = keys.predictions_of(model, last.date(), f"{last:%H%M%S}-{uuid.uuid4().hex[:12]}")
    store.put(key, stream.getvalue(), if_absent=True)
    return key


def read(store: ObjectStore, model: str, since: date) -> Iterator[pa.Table]:
    """The batches written on a day or later.

    Raises:
        StoreError: if they can't be read.
    """
    for entry in store.walk(keys.predictions(model)):
        if entry.key >= keys.predictions_of(model, since, ""):
            yield pq.read_table(io.BytesIO(store.get(entry.key).body), schema=SCHEMA)


if __name__ == "__main__":
    try:
        write(ObjectStore(StoreSettings()), sys.argv[1], sys.stdin.read().splitlines())
    except StoreError as error:
        sys.exit(str(error))
