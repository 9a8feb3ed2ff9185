"""A dataset: which images, under which label, in which split."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field

from contracts.manifest import ClassLabel, Contract, Document, FileEntry, Sha256


class Split(StrEnum):
    """What an image is used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class DatasetItem(NamedTuple):
    """One row of `items.parquet`."""

    sha256: str
    key: str
    label: str
    split: Split
    group: str
    source: str
    skin_tone: int | None


class Excluded(Contract):
    """An image that a snapshot held and the dataset leaves out."""

    sha256: Sha256
    labels: tuple[str, ...]
    reason: str


class DatasetManifest(Document):
    """A dataset, named by a hash of its items: unchanged data has the same name."""

    dataset_id: str
    created_at: AwareDatetime
    snapshots: tuple[str, ...]
    """URIs of the snapshots' manifests."""
    synthetic: bool
    notice: str
    seed: int
    classes: Annotated[tuple[ClassLabel, ...], Field(min_length=2)]
    """In the order of the model's outputs."""
    counts: dict[str, dict[Split, int]]
    """Images by class and split."""
    dropped_classes: dict[str, str]
    """Classes that were left out, and why."""
    excluded: tuple[Excluded, ...]
    files: tuple[FileEntry, ...]


def dataset_id(items: Iterable[DatasetItem]) -> str:
    """The name of a dataset: the first 16 hex digits of the SHA-256 of its sorted items.

    Only what a model can learn from counts (content, label, split, group), not where or when it was seen.
    """
    lines = sorted(f"{item.sha256} {item.label} {item.split} {item.group}\n" for item in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]
