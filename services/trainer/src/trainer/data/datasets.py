"""The datasets of the store: their manifests, their reports and `items.parquet`, which has a row for each image."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from arro3.core import Array, DataType, Table
from arro3.io import read_parquet, write_parquet

from contracts import keys
from contracts.dataset import REPORT_FILE, DatasetItem, DatasetManifest, DatasetReport, Split
from objectstore import IntegrityError, ObjectStore, read_document

ITEMS_FILE = "items.parquet"
MIN_SHARED_CLASSES = 0.5
"""Of the classes of two datasets together; below it they are about different things and aren't compared."""

COLUMNS = {
    "sha256": DataType.string(),
    "key": DataType.string(),
    "label": DataType.string(),
    "split": DataType.string(),
    "group": DataType.string(),
    "source": DataType.string(),
    "skin_tone": DataType.int8(),
    "fitzpatrick": DataType.int8(),
    "ita_degrees": DataType.float32(),
}


def write_items(path: Path, items: Sequence[DatasetItem]) -> None:
    ordered = sorted(items, key=lambda item: item.sha256)
    columns = {name: Array([getattr(item, name) for item in ordered], type=kind) for name, kind in COLUMNS.items()}
    write_parquet(Table.from_arrays(list(columns.values()), names=list(columns)), path, compression="zstd(1)")


def load_items(store: ObjectStore, dataset: DatasetManifest) -> list[DatasetItem]:
    """The rows of a published dataset, by SHA-256; what an older one doesn't record is None."""
    rows = (DatasetItem(*row) for row in _rows(store, dataset, DatasetItem._fields))
    return [row._replace(split=Split(row.split)) for row in rows]


def load_splits(store: ObjectStore, dataset: DatasetManifest) -> Iterator[tuple[str, Split]]:
    """SHA-256 and split of each row of a published dataset, without holding its rows."""
    splits = {split.value: split for split in Split}
    return ((sha256, splits[split]) for sha256, split in _rows(store, dataset, ("sha256", "split")))


def published_datasets(store: ObjectStore) -> list[DatasetManifest]:
    """All datasets of the store, the newest first."""
    manifests = (keys.manifest(keys.dataset(name)) for name in store.folders(keys.datasets()))
    found = [read_document(store, key, DatasetManifest) for key in manifests if store.head(key) is not None]
    return sorted(found, key=lambda each: (each.created_at, each.dataset_id), reverse=True)


def comparable(
    datasets: Collection[DatasetManifest], sources: Collection[str], classes: Collection[str]
) -> DatasetManifest | None:
    """The newest dataset that shares a source and at least half of the classes; None if there is none."""
    for dataset in datasets:
        theirs = {each.name for each in dataset.classes}
        shared = len(theirs & set(classes)) / len(theirs | set(classes))
        if sources_of(dataset) & set(sources) and shared >= MIN_SHARED_CLASSES:
            return dataset
    return None


def sources_of(dataset: DatasetManifest) -> set[str]:
    """The names of the sources whose snapshots a dataset was made of."""
    return {keys.source_of(keys.parse_uri(uri).key) for uri in dataset.snapshots}


def report_of(store: ObjectStore, dataset_id: str) -> DatasetReport | None:
    key = f"{keys.dataset(dataset_id)}/{REPORT_FILE}"
    return None if store.head(key) is None else read_document(store, key, DatasetReport)


def _rows(store: ObjectStore, dataset: DatasetManifest, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """These columns of each row; None where the file lacks a column."""
    entry = next((file for file in dataset.files if file.path == ITEMS_FILE), None)
    if entry is None:
        msg = f"dataset {dataset.dataset_id} names no {ITEMS_FILE}; prepare it again"
        raise IntegrityError(msg)
    with TemporaryDirectory() as folder:
        path = Path(folder) / ITEMS_FILE
        key = f"{keys.dataset(dataset.dataset_id)}/{ITEMS_FILE}"
        store.download(key, path, sha256=entry.sha256, size=entry.size)
        for batch in read_parquet(path):
            known = set(batch.schema.names)
            values = [batch[name].to_pylist() if name in known else [None] * batch.num_rows for name in columns]
            yield from zip(*values, strict=True)
