"""What the store says of the model in production, and images that it has never seen."""

import io
from dataclasses import dataclass

from arro3.io import read_parquet

from contracts import keys
from contracts.dataset import DatasetManifest, Split
from contracts.models.channels import Channels
from contracts.models.version import DESCRIPTION_FILE, ModelDescription
from objectstore import ObjectNotFoundError, ObjectStore, read_document


@dataclass(frozen=True, slots=True)
class HeldOutImage:
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
    manifest = read_document(store, keys.manifest(keys.dataset(description.dataset_id)), DatasetManifest)
    return {keys.parse_uri(uri).key.split("/")[1] for uri in manifest.snapshots}


def held_out_images(store: ObjectStore, description: ModelDescription, count: int) -> list[HeldOutImage]:
    """Up to `count` test images, each of another class, the classes spread evenly over the model's."""
    folder = keys.dataset(description.dataset_id)
    table = read_parquet(io.BytesIO(store.get(f"{folder}/items.parquet").body)).read_all()
    columns = (table[name].to_pylist() for name in ("sha256", "key", "label", "split"))
    by_class: dict[str, tuple[str, str]] = {}
    for sha256, key, label, split in sorted(zip(*columns, strict=True)):
        if split == Split.TEST:
            by_class.setdefault(label, (sha256, key))
    labels = sorted(by_class)
    step = max(1, len(labels) // count)
    chosen = [(label, *by_class[label]) for label in labels[::step][:count]]
    return [HeldOutImage(sha256, label, store.get(key).body) for label, sha256, key in chosen]
