"""`items.parquet`: the rows of a dataset, one image each."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, Split
from objectstore import IntegrityError, ObjectStore

ITEMS_FILE = "items.parquet"

SCHEMA = pa.schema(
    [
        ("sha256", pa.string()),
        ("key", pa.string()),
        ("label", pa.string()),
        ("split", pa.string()),
        ("group", pa.string()),
        ("source", pa.string()),
        ("skin_tone", pa.int8()),
    ]
)


def write_items(path: Path, items: list[DatasetItem]) -> None:
    """Write rows, sorted by SHA-256."""
    rows = [item._asdict() | {"split": item.split.value} for item in sorted(items)]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path, compression="zstd")


def load_items(store: ObjectStore, dataset: DatasetManifest) -> list[DatasetItem]:
    """The rows of a published dataset, by SHA-256.

    Raises:
        IntegrityError: if the file isn't the one the manifest names.
    """
    entry = next((file for file in dataset.files if file.path == ITEMS_FILE), None)
    if entry is None:
        msg = f"dataset {dataset.dataset_id} names no {ITEMS_FILE}; prepare it again"
        raise IntegrityError(msg)
    with TemporaryDirectory() as folder:
        path = Path(folder) / ITEMS_FILE
        key = f"{keys.dataset(dataset.dataset_id)}/{ITEMS_FILE}"
        store.download(key, path, sha256=entry.sha256, size=entry.size)
        rows = pq.read_table(path, schema=SCHEMA).to_pylist()
    return [DatasetItem(**row | {"split": Split(row["split"])}) for row in rows]
