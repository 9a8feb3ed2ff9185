"""Batches of prediction summaries as Parquet. Imported by processes of their own only: Arrow is large.

`python -m gateway.drift.summary_file` makes one of the lines of JSON from its standard input, on its standard output.
"""

import io
import json
import sys
from datetime import datetime

from arro3.core import Array, DataType, Table
from arro3.io import read_parquet, write_parquet

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


def to_parquet(lines: list[str]) -> bytes:
    """One batch, from a line of JSON for each prediction."""
    rows = [json.loads(line) for line in lines]
    for row in rows:
        row["at"] = round(datetime.fromisoformat(row["at"]).timestamp() * 1000)
    columns = {name: Array([row.get(name) for row in rows], type=kind) for name, kind in COLUMNS.items()}
    columns["at"] = columns["at"].cast(TIME)
    stream = io.BytesIO()
    write_parquet(Table.from_arrays(list(columns.values()), names=list(columns)), stream, compression="zstd(1)")
    return stream.getvalue()


class UnreadableSummariesError(ValueError):
    """It is no batch of summaries."""


def from_parquet(body: bytes) -> Table:
    """The predictions of one batch.

    Raises:
        UnreadableSummariesError: if it is damaged, or something else.
    """
    try:
        table = read_parquet(io.BytesIO(body)).read_all()
        found = {name: table.schema.field(name).type for name in COLUMNS}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library panics, which is no Exception
        raise UnreadableSummariesError(str(error)) from error
    if found != COLUMNS | {"at": TIME}:
        msg = f"expected other columns than {found}"
        raise UnreadableSummariesError(msg)
    return table


if __name__ == "__main__":
    sys.stdout.buffer.write(to_parquet(sys.stdin.read().splitlines()))
