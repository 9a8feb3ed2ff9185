"""How far a dataset has moved from the one before it: shares of its classes, and what its pictures look like."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetDrift, DatasetManifest, DatasetReport, Split
from contracts.models.drift import Histogram, population_stability_index
from trainer.data.images import STATISTICS

EDGES: Mapping[str, tuple[float, ...]] = {
    "brightness": tuple(float(edge) for edge in range(0, 257, 16)),
    "contrast": tuple(float(edge) for edge in range(0, 129, 8)),
    "saturation": tuple(float(edge) for edge in range(0, 257, 16)),
    "sharpness": (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 16.0, 24.0, 255.0),
    "side_px": (0.0, 64.0, 128.0, 224.0, 320.0, 480.0, 640.0, 800.0, 1080.0, 1440.0, 2160.0, 4320.0, 100_000.0),
}
"""The same for every dataset, so that any two can be compared."""

Counts = Mapping[str, Mapping[Split, int]]


def histograms(statistics: npt.NDArray[np.float32]) -> dict[str, Histogram]:
    """The shares of images by bin of each of `STATISTICS`, [N × 5] with N ≥ 1; outliers count in the outer bins."""
    found: dict[str, Histogram] = {}
    for column, name in enumerate(STATISTICS):
        edges = np.array(EDGES[name])
        bins = np.clip(np.searchsorted(edges, statistics[:, column], side="right") - 1, 0, len(edges) - 2)
        shares = np.bincount(bins, minlength=len(edges) - 1) / len(statistics)
        found[name] = Histogram(edges=EDGES[name], shares=tuple(shares.tolist()))
    return found


def drift(
    previous: tuple[DatasetManifest, DatasetReport | None],
    counts: Counts,
    statistics: Mapping[str, Histogram],
    shared_images: int,
) -> DatasetDrift:
    """What changed since the previous dataset, whose manifest and report come in; `shared_images` are in both."""
    manifest, report = previous
    before, now = _totals(manifest.counts), _totals(counts)
    both = sorted(before.keys() & now.keys())
    theirs = {} if report is None else report.statistics
    pairs = {
        name: (theirs[name].shares, histogram.shares)
        for name, histogram in statistics.items()
        if name in theirs and theirs[name].edges == histogram.edges
    }
    bins = max([len(both), *(_occupied_bins(*pair) for pair in pairs.values())])
    old, new = sum(before.values()), sum(now.values())
    return DatasetDrift(
        previous=manifest.dataset_id,
        labels=population_stability_index([before[name] for name in both], [now[name] for name in both]),
        statistics={name: population_stability_index(*pair) for name, pair in pairs.items()},
        # the index of two samples, scaled by their sizes, follows a chi-squared distribution (Yurdakul 2018)
        chance=(bins - 1) * (1 / old + 1 / new),
        added=new - shared_images,
        removed=old - shared_images,
        added_classes=tuple(sorted(now.keys() - before.keys())),
        removed_classes=tuple(sorted(before.keys() - now.keys())),
    )


def _totals(counts: Counts) -> dict[str, int]:
    return {label: sum(of.values()) for label, of in counts.items()}


def _occupied_bins(one: Sequence[float], other: Sequence[float]) -> int:
    return sum(1 for pair in zip(one, other, strict=True) if any(pair))
