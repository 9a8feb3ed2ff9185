"""A dataset: which images, under which label, in which split; and the report on it."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from contracts.manifest import ClassLabel, Contract, Document, FileEntry, Sha256
from contracts.models.drift import Histogram


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
    """Monk scale, 1 to 10, where the source records it."""
    fitzpatrick: int | None = None
    """Fitzpatrick skin type, 1 to 6, where the source records it."""
    ita_degrees: float | None = None
    """Individual typology angle, estimated from the pixels that look like skin; None where too few do."""


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


class Duplicates(Contract):
    """What was found more than once."""

    sightings: int
    """Sightings of a content (by SHA-256) beyond its first."""
    near_pairs: int
    """Pairs of different contents whose perceptual hashes are within 6 bits (identical hashes: chained)."""
    clusters: int
    """Sets of contents that look alike."""
    images: int
    """Images in these sets."""
    examples: tuple[tuple[Sha256, ...], ...] = ()
    """Some of the sets, the largest first."""


class SkinTones(Contract):
    """How skin tones are spread over the images of a class, or of the dataset; each image is counted once.

    What a source records counts before any estimate. An estimate is the individual typology angle (ITA) of the pixels
    that look like skin, which the light of a photo can shift by more than a category.
    """

    monk: dict[str, int] = Field(default_factory=dict)
    """Images by recorded Monk tone, "1" to "10"."""
    fitzpatrick: dict[str, int] = Field(default_factory=dict)
    """Images by recorded Fitzpatrick type, "1" to "6", where no Monk tone is recorded."""
    estimated: dict[str, int] = Field(default_factory=dict)
    """Images by estimated category, from `very-light` to `dark`, where nothing is recorded."""
    unknown: int = 0
    """Images with neither: too few of their pixels look like skin."""


class DatasetDrift(Contract):
    """What changed since the last dataset of the same sources, by the population stability index (PSI)."""

    previous: str
    """The dataset it was held against."""
    labels: float
    """PSI of the shares of the classes that both have."""
    statistics: dict[str, float]
    """PSI of each image statistic."""
    chance: float
    """What PSI is to be expected of two draws of these sizes from one population; part of every figure here."""
    added: int
    """Images that are new."""
    removed: int
    """Images that are gone."""
    added_classes: tuple[str, ...] = ()
    removed_classes: tuple[str, ...] = ()


class DatasetCheck(Contract):
    """One check of a dataset, written down whether it passed or not."""

    name: str
    passed: bool
    blocks: bool
    """Whether a dataset that fails it isn't published; otherwise it warns."""
    overridden: bool = False
    """Whether the operator published it although this failed."""
    message: str


class DatasetReport(Document):
    """`report.json`: what a person asks before trusting a dataset. Fields with a default came later."""

    dataset_id: str
    images: int
    groups: int
    largest_group: int
    counts: dict[str, dict[Split, int]]
    """Images by class and split."""
    groups_by_split: dict[Split, int]
    dropped_classes: dict[str, str]
    """Classes that were left out, and why."""
    excluded: dict[str, int]
    """Images left out, by reason; the manifest lists each."""
    skin_tones: dict[str, int]
    """Images by recorded Monk tone, 1 to 10; `unknown` where the source records none."""
    groups_by_class: dict[str, int] = Field(default_factory=dict)
    folded_classes: dict[str, str] = Field(default_factory=dict)
    """Classes whose images went into `other`, and why."""
    sources: dict[str, int] = Field(default_factory=dict)
    """Images by source; `feedback` is what people corrected."""
    duplicates: Duplicates | None = None
    skin: SkinTones | None = None
    skin_by_class: dict[str, SkinTones] = Field(default_factory=dict)
    statistics: dict[str, Histogram] = Field(default_factory=dict)
    """`brightness` (mean luma), `contrast` (its standard deviation), `saturation`, `sharpness` (mean step between
    neighbours) and `side_px` (shorter side), of all images."""
    drift: DatasetDrift | None = None
    """None where there is no earlier dataset to compare with."""
    checks: tuple[DatasetCheck, ...] = ()
    frozen_test_images: Annotated[int, Field(ge=0)] = 0
    """Test images that were test images of an earlier dataset."""
    samples: dict[str, tuple[Sha256, ...]] = Field(default_factory=dict)
    """Some images of each class, spread over it, to look at."""


REPORT_FILE: Literal["report.json"] = "report.json"
REPORT_PAGE_FILE: Literal["report.html"] = "report.html"


def dataset_id(items: Iterable[DatasetItem]) -> str:
    """The name of a dataset: the first 16 hex digits of the SHA-256 of its sorted items.

    Only what a model can learn from counts (content, label, split, group), not where or when it was seen.
    """
    lines = sorted(f"{item.sha256} {item.label} {item.split} {item.group}\n" for item in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]
