"""`report.json` of a dataset: what a person asks before trusting it."""

from collections import Counter
from collections.abc import Sequence

from contracts.dataset import DatasetItem, DatasetManifest, DatasetReport


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
