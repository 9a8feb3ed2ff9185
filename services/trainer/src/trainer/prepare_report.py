"""`report.json` of a dataset: what a person asks before trusting it."""

from collections import Counter
from collections.abc import Sequence

from contracts.dataset import DatasetItem, DatasetManifest, Split
from contracts.manifest import Document

REPORT_FILE = "report.json"


class DatasetReport(Document):
    """Sizes, what was left out and why, and how skin tones are spread."""

    dataset_id: str
    images: int
    groups: int
    largest_group: int
    counts: dict[str, dict[Split, int]]
    groups_by_split: dict[Split, int]
    dropped_classes: dict[str, str]
    excluded: dict[str, int]
    """Images left out, by reason."""
    skin_tones: dict[str, int]
    """Images by Monk tone, 1 to 10; `unknown` where the source records none."""


def report(dataset: DatasetManifest, items: Sequence[DatasetItem]) -> DatasetReport:
    """Sum up a dataset."""
    sizes = Counter(item.group for item in items)
    splits = {item.group: item.split for item in items}
    tones = Counter("unknown" if item.skin_tone is None else str(item.skin_tone) for item in items)
    return DatasetReport(
        dataset_id=dataset.dataset_id,
        images=len(items),
        groups=len(sizes),
        largest_group=max(sizes.values()),
        counts=dataset.counts,
        groups_by_split=dict(Counter(splits.values())),
        dropped_classes=dataset.dropped_classes,
        excluded=dict(Counter(each.reason for each in dataset.excluded)),
        skin_tones=dict(sorted(tones.items(), key=lambda pair: (len(pair[0]), pair[0]))),
    )
