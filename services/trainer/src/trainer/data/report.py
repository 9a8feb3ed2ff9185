"""`report.json` of a dataset, what a person asks before trusting it, and `report.html`, the same with sample pictures.

The page loads nothing from anywhere and runs no script: the pictures stand in it. People's are blurred until clicked.
Corrections are never shown: people gave them to learn from, not to look at.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image as Pillow

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
from imaging import upright_rgb
from objectstore import ObjectStore
from trainer.data.datasets import report_of
from trainer.data.skin_tone import tone_of
from trainer.lookalikes.near_duplicates import join
from trainer.pages import render
from trainer.photos import for_each_photo

EXAMPLES = 24
EXAMPLE_LENGTH = 6
THUMBNAIL_PX = 112
CLUSTERS_SHOWN = 12
EXCLUDED_LISTED = 200


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


@dataclass(frozen=True, slots=True)
class Picture:
    data: str
    caption: str


def page(
    store: ObjectStore,
    manifest: DatasetManifest,
    told: DatasetReport,
    items: Sequence[DatasetItem],
    *,
    people: bool,
) -> str:
    """The page as HTML. `people`: whether pictures may show people, and are blurred until clicked."""
    shown = {item.sha256: item for item in items if item.source != FEEDBACK}
    chosen = {label: [shown[sha256] for sha256 in of] for label, of in told.samples.items()}
    clusters = (
        []
        if told.duplicates is None
        else [
            found
            for cluster in told.duplicates.examples
            if len(found := [shown[sha256] for sha256 in cluster if sha256 in shown]) > 1
        ][:CLUSTERS_SHOWN]
    )
    wanted = {item.sha256: item for of in [*chosen.values(), *clusters] for item in of}
    pictures = _pictures(store, list(wanted.values()))
    names = {each.name: each.display_name for each in manifest.classes}
    return render(
        "dataset.html.j2",
        manifest=manifest,
        report=told,
        names=names,
        splits=tuple(Split),
        most=max(sum(of.values()) for of in told.counts.values()),
        samples={label: [pictures[item.sha256] for item in of] for label, of in chosen.items()},
        clusters=[[pictures[item.sha256] for item in cluster] for cluster in clusters],
        excluded=manifest.excluded[:EXCLUDED_LISTED],
        before=None if told.drift is None else report_of(store, told.drift.previous),
        people=people,
    )


def _pictures(store: ObjectStore, items: Sequence[DatasetItem]) -> dict[str, Picture]:
    def shrink(item: DatasetItem, data: bytes) -> Picture:
        picture = upright_rgb(data, at_least_px=THUMBNAIL_PX)
        picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Pillow.Resampling.BOX)
        stream = BytesIO()
        picture.save(stream, "JPEG", quality=80)
        encoded = base64.b64encode(stream.getvalue()).decode()
        return Picture(f"data:image/jpeg;base64,{encoded}", f"{item.label}, {item.split}, {item.sha256[:12]}")

    found: Iterable[Picture] = for_each_photo(store, items, shrink)
    return {item.sha256: picture for item, picture in zip(items, found, strict=True)}
