"""`report.json` of a dataset: what a person asks before trusting it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from contracts.dataset import (
    DatasetCheck,
    DatasetDrift,
    DatasetItem,
    DatasetManifest,
    DatasetReport,
    Duplicates,
    SkinTones,
    Split,
)
from contracts.feedback import SOURCE as FEEDBACK
from contracts.models.drift import Histogram
from trainer.data.skin_tone import tone_of
from trainer.lookalikes.near_duplicates import join

EXAMPLES = 24
EXAMPLE_LENGTH = 6


def report(
    dataset: DatasetManifest,
    items: Sequence[DatasetItem],
    *,
    folded: Mapping[str, str],
    duplicates: Duplicates,
    statistics: Mapping[str, Histogram],
    drift: DatasetDrift | None,
    checks: Sequence[DatasetCheck],
    tested_before: frozenset[str],
    samples: int,
) -> DatasetReport:
    """Sum up a dataset.

    `tested_before` are SHA-256 of images that earlier datasets tested with; `samples` is how many images of each class
    to show, none of which were sent by people.
    """
    sizes = Counter(item.group for item in items)
    splits = {item.group: item.split for item in items}
    tones = Counter("unknown" if item.skin_tone is None else str(item.skin_tone) for item in items)
    by_class = Counter(label for label, _ in {(item.label, item.group) for item in items})
    of_class: dict[str, list[DatasetItem]] = defaultdict(list)
    for item in items:
        of_class[item.label].append(item)
    return DatasetReport(
        dataset_id=dataset.dataset_id,
        images=len(items),
        groups=len(sizes),
        largest_group=max(sizes.values()),
        counts=dataset.counts,
        groups_by_split=dict(Counter(splits.values())),
        dropped_classes=dataset.dropped_classes,
        excluded=dict(Counter(each.reason for each in dataset.excluded)),
        skin_tones=_by_number(tones),
        groups_by_class=dict(sorted(by_class.items())),
        folded_classes=dict(folded),
        sources=dict(Counter(item.source for item in items).most_common()),
        duplicates=duplicates,
        skin=skin_tones(items),
        skin_by_class={label: skin_tones(of_class[label]) for label in sorted(of_class)},
        statistics=dict(statistics),
        drift=drift,
        checks=tuple(checks),
        frozen_test_images=sum(item.split is Split.TEST and item.sha256 in tested_before for item in items),
        samples={label: _spread(of_class[label], samples) for label in sorted(of_class)},
    )


def skin_tones(items: Iterable[DatasetItem]) -> SkinTones:
    """How skin tones are spread: recorded ones first, estimates where nothing is recorded."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        whence, tone = tone_of(item.skin_tone, item.fitzpatrick, item.ita_degrees)
        found[whence][tone] += 1
    return SkinTones(
        monk=_by_number(found["monk"]),
        fitzpatrick=_by_number(found["fitzpatrick"]),
        estimated=dict(found["estimated"].most_common()),
        unknown=found["unknown"].total(),
    )


def duplicates_of(hashes: Sequence[str], sightings: int, pairs: Sequence[tuple[int, int]]) -> Duplicates:
    """What was found more than once; `sightings` counts those of contents beyond their first."""
    clusters = sorted((c for c in join(len(hashes), pairs) if len(c) > 1), key=lambda c: (-len(c), hashes[c[0]]))
    return Duplicates(
        sightings=sightings,
        near_pairs=len(pairs),
        clusters=len(clusters),
        images=sum(map(len, clusters)),
        examples=tuple(tuple(hashes[i] for i in cluster[:EXAMPLE_LENGTH]) for cluster in clusters[:EXAMPLES]),
    )


def _by_number(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (len(pair[0]), pair[0])))


def _spread(items: Iterable[DatasetItem], count: int) -> tuple[str, ...]:
    """SHA-256 of so many from the whole of a class, of as many groups as there are."""
    ordered = sorted((item for item in items if item.source != FEEDBACK), key=lambda item: (item.group, item.sha256))
    firsts = list({item.group: item for item in reversed(ordered)}.values())[::-1]
    chosen = firsts if len(firsts) >= count else ordered
    picked = chosen if len(chosen) <= count else [chosen[i * len(chosen) // count] for i in range(count)]
    return tuple(item.sha256 for item in picked)
