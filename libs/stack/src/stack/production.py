"""What the store says of the model in production, and images that it has never seen."""

import io
from dataclasses import dataclass

import pyarrow.parquet as pq

from contracts import keys
from contracts.channels import Channels
from contracts.dataset import DatasetManifest, Split
from contracts.model import DESCRIPTION_FILE, ModelDescription
from objectstore import ObjectNotFoundError, ObjectStore, read_document


@dataclass(frozen=True, slots=True)
class HeldOutImage:
    """A photo of the test split, with the label that its source gave it."""

    sha256: str
    label: str
    data: bytes


def production_model(store: ObjectStore, model: str) -> ModelDescription | None:
    """The description of the version in production, None before the first one."""
    try:
        number = read_document(store, keys.channels(model), Channels).production
    except ObjectNotFoundError:
        return None
    if number is None:
        return None
    return read_document(store, f"{keys.version(model, number)}/{DESCRIPTION_FILE}", ModelDescription)


def sources_of(store: ObjectStore, description: ModelDescription) -> set[str]:
    """The sources whose images a version was trained on."""
    manifest = _dataset(store, description)
    return {keys.parse_uri(uri).key.split("/")[1] for uri in manifest.snapshots}


def held_out_images(store: ObjectStore, description: ModelDescription, count: int) -> list[HeldOutImage]:
    """Up to `count` test images, each of another class, the classes spread evenly over the model's."""
    folder = keys.dataset(description.dataset_id)
    table = pq.read_table(io.BytesIO(store.get(f"{folder}/items.parquet").body)).to_pylist()
    by_class: dict[str, dict[str, str]] = {}
    for row in sorted(table, key=lambda row: str(row["sha256"])):
        if row["split"] == Split.TEST:
            by_class.setdefault(row["label"], row)
    labels = sorted(by_class)
    step = max(1, len(labels) // count)
    chosen = [by_class[label] for label in labels[::step][:count]]
    return [HeldOutImage(row["sha256"], row["label"], store.get(row["key"]).body) for row in chosen]


def _dataset(store: ObjectStore, description: ModelDescription) -> DatasetManifest:
    return read_document(store, keys.manifest(keys.dataset(description.dataset_id)), DatasetManifest)
