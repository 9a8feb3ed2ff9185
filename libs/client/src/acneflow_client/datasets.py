"""What the gateway answers about datasets. What has a default isn't in documents of earlier releases."""

from pydantic import AwareDatetime, Field

from acneflow_client.answers import Answer, ClassLabel, File


class Excluded(Answer):
    """An image that was seen and left out."""

    sha256: str
    labels: tuple[str, ...]
    reason: str


class DatasetManifest(Answer):
    """What a dataset is made of."""

    schema_version: int = 1
    dataset_id: str
    created_at: AwareDatetime
    snapshots: tuple[str, ...]
    synthetic: bool
    notice: str
    seed: int
    classes: tuple[ClassLabel, ...]
    counts: dict[str, dict[str, int]]
    """Images by class and split (`train`, `validation`, `test`)."""
    dropped_classes: dict[str, str]
    """Classes that were left out, and why."""
    excluded: tuple[Excluded, ...]
    files: tuple[File, ...]


class Duplicates(Answer):
    """What was found more than once."""

    sightings: int
    near_pairs: int
    clusters: int
    images: int
    examples: tuple[tuple[str, ...], ...] = ()
    """Some of the sets of pictures that look alike, by SHA-256."""


class SkinTones(Answer):
    """How skin tones are spread; each image is counted once, a recorded tone before an estimate."""

    monk: dict[str, int] = Field(default_factory=dict)
    fitzpatrick: dict[str, int] = Field(default_factory=dict)
    estimated: dict[str, int] = Field(default_factory=dict)
    unknown: int = 0


class Histogram(Answer):
    """Shares of a number's values by bin."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


class DatasetDrift(Answer):
    """What changed since the last dataset of the same sources, by the population stability index."""

    previous: str
    labels: float
    statistics: dict[str, float]
    chance: float
    added: int
    removed: int
    added_classes: tuple[str, ...] = ()
    removed_classes: tuple[str, ...] = ()


class DatasetCheck(Answer):
    """One check of a dataset."""

    name: str
    passed: bool
    blocks: bool
    overridden: bool = False
    message: str


class DatasetReport(Answer):
    """What a person asks before trusting a dataset."""

    schema_version: int = 1
    dataset_id: str
    images: int
    groups: int
    largest_group: int
    counts: dict[str, dict[str, int]]
    groups_by_split: dict[str, int]
    dropped_classes: dict[str, str]
    excluded: dict[str, int]
    """Images left out, by reason."""
    skin_tones: dict[str, int]
    groups_by_class: dict[str, int] = Field(default_factory=dict)
    folded_classes: dict[str, str] = Field(default_factory=dict)
    sources: dict[str, int] = Field(default_factory=dict)
    duplicates: Duplicates | None = None
    skin: SkinTones | None = None
    skin_by_class: dict[str, SkinTones] = Field(default_factory=dict)
    statistics: dict[str, Histogram] = Field(default_factory=dict)
    drift: DatasetDrift | None = None
    checks: tuple[DatasetCheck, ...] = ()
    frozen_test_images: int = 0
    samples: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Some images of each class, by SHA-256, to look at."""


class Dataset(Answer):
    """A dataset: what it is made of, and what a person asks before trusting it."""

    manifest: DatasetManifest
    report: DatasetReport | None
    """None in datasets that were made without one."""
