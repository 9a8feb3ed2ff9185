"""`items.parquet`: the rows of a dataset, one image each."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, Split
from objectstore import IntegrityError, ObjectStore

ITEMS_FILE = "items.parquet"
ROWS_AT_ONCE = 1_024
"""As dictionaries, which take several times what the items take."""

SCHEMA = pa.schema(
    [
        ("sha256", pa.string()),
        ("key", pa.string()),
        ("label", pa.string()),
        ("split", pa.string()),
        ("group", pa.string()),
        ("source", pa.string()),
        ("skin_tone", pa.int8()),
        ("fitzpatrick", pa.int8()),
        ("ita_degrees", pa.float32()),
    ]
)


def write_items(path: Path, items: Sequence[DatasetItem]) -> None:
    """Write rows, sorted by SHA-256."""
    rows = [item._asdict() | {"split": item.split.value} for item in sorted(items, key=lambda item: item.sha256)]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path, compression="zstd")


def load_items(store: ObjectStore, dataset: DatasetManifest) -> list[DatasetItem]:
    """The rows of a published dataset, by SHA-256; what an older one doesn't record is None.

    Raises:
        IntegrityError: if the file isn't the one the manifest names.
    """
    batches = _table(store, dataset, SCHEMA).to_batches(max_chunksize=ROWS_AT_ONCE)
    return [DatasetItem(**row | {"split": Split(row["split"])}) for batch in batches for row in batch.to_pylist()]


def load_splits(store: ObjectStore, dataset: DatasetManifest) -> Iterator[tuple[str, Split]]:
    """SHA-256 and split of each row of a published dataset, without holding its rows.

    Raises:
        IntegrityError: if the file isn't the one the manifest names.
    """
    table = _table(store, dataset, pa.schema([SCHEMA.field("sha256"), SCHEMA.field("split")]))
    splits = {split.value: split for split in Split}
    for sha256, split in zip(table["sha256"], table["split"], strict=True):
        yield sha256.as_py(), splits[split.as_py()]


def _table(store: ObjectStore, dataset: DatasetManifest, schema: pa.Schema) -> pa.Table:
    entry = next((file for file in dataset.files if file.path == ITEMS_FILE), None)
    if entry is None:
        msg = f"dataset {dataset.dataset_id} names no {ITEMS_FILE}; prepare it again"
        raise IntegrityError(msg)
    with TemporaryDirectory() as folder:
        path = Path(folder) / ITEMS_FILE
        key = f"{keys.dataset(dataset.dataset_id)}/{ITEMS_FILE}"
        store.download(key, path, sha256=entry.sha256, size=entry.size)
        return pq.read_table(path, schema=schema, memory_map=False)
