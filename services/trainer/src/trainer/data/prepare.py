"""The step `prepare`: snapshots in, a dataset that nobody can leak through out.

Start here, then `sightings` (one image, one label), `images` (what each looks like), `split` (what belongs together,
and what it is used for) and `checks` (whether it may be published).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts import keys
from contracts.dataset import (
    REPORT_FILE,
    REPORT_PAGE_FILE,
    DatasetDrift,
    DatasetItem,
    DatasetManifest,
    DatasetReport,
    Excluded,
    Split,
    dataset_id,
)
from contracts.feedback import SOURCE as FEEDBACK
from contracts.manifest import utc_now
from contracts.models.drift import Histogram
from contracts.snapshot import SnapshotClass, SnapshotManifest
from contracts.steps import Result, say
from objectstore import ObjectStore, load_document, publish_folder
from trainer.data.checks import blocking_checks, check_dataset
from trainer.data.classes import choose, merge_classes, select_classes
from trainer.data.datasets import ITEMS_FILE, comparable, load_splits, published_datasets, report_of, write_items
from trainer.data.drift import drift, histograms
from trainer.data.images import ImageSet, read_images
from trainer.data.report import page, report
from trainer.data.sightings import Image, Sighting, corrections, sightings_of
from trainer.data.split import Earlier, assign, earlier_splits, group
from trainer.errors import BlockedDatasetError, UnusableDataError
from trainer.settings import PrepareSettings, TrainerSettings

TESTED_CORRECTION = "a correction of a test image, which can neither be learnt from nor tested with"


def prepare(
    store: ObjectStore,
    snapshot_uris: Sequence[str],
    seed: int,
    *,
    classes: Sequence[str] | None = None,
    settings: PrepareSettings | None = None,
    environment: TrainerSettings | None = None,
) -> Result:
    """Make a dataset of the snapshots' images and of accepted corrections, or find the one that they already made.

    `classes` are the wanted ones, all for None. Another seed is another split of what no dataset held before.

    Raises:
        UnusableDataError: if fewer than two classes are left, or a class doesn't reach every split.
        BlockedDatasetError: if a check blocks it; its report is in the store nevertheless.
    """
    settings, environment = settings or PrepareSettings(), environment or TrainerSettings()
    about, sightings = _read(store, snapshot_uris)
    wanted = select_classes(about.classes, classes)
    sightings += corrections(store, environment.model, {each.name for each in about.classes})
    found = read_images(store, sightings, {each.name for each in wanted})
    chosen = choose(found.images, wanted, settings.small_classes)
    dropped = {each.name: "not asked for" for each in about.classes if each not in wanted} | chosen.dropped
    for name, reason in [*dropped.items(), *chosen.folded.items()]:
        say(f"{'left out' if name in dropped else 'folded into other'}: class {name} ({reason})")
    if len(chosen.classes) < 2:
        msg = f"{len(chosen.classes)} of {len(about.classes)} classes have enough images, but training needs two"
        raise UnusableDataError(msg)
    datasets = published_datasets(store)
    earlier = earlier_splits(store, datasets, {image.sha256 for image in found.images}, seed)
    items, tested_corrections = _items(chosen.images, found, seed, earlier)
    excluded = (*found.excluded, *tested_corrections)
    manifest = DatasetManifest(
        dataset_id=dataset_id(items),
        created_at=utc_now(),
        snapshots=tuple(snapshot_uris),
        synthetic=about.synthetic,
        notice=about.notice,
        seed=seed,
        classes=chosen.classes,
        counts=_counts(items),
        dropped_classes=dropped,
        excluded=excluded,
        files=(),
    )
    uri = store.uri(keys.manifest(keys.dataset(manifest.dataset_id)))
    sizes = Counter(item.split for item in items)
    say(
        f"{len(items)} images in {len({i.group for i in items})} groups: " + ", ".join(f"{sizes[s]} {s}" for s in Split)
    )
    if any(dataset.dataset_id == manifest.dataset_id for dataset in datasets):
        say(f"nothing new: dataset {manifest.dataset_id} is there already")
    else:
        statistics = histograms(found.statistics_of(items))
        previous = comparable(datasets, about.sources, [each.name for each in manifest.classes])
        moved = None if previous is None else _drift(store, previous, manifest, items, statistics)
        unreadable = len(found.unreadable)
        checks = check_dataset(items, unreadable, settings.largest_unreadable, moved, settings.accept)
        told = report(
            manifest,
            items,
            folded=chosen.folded,
            duplicates=found.duplicates,
            statistics=statistics,
            drift=moved,
            checks=checks,
            tested_before=earlier.tested,
            samples=settings.samples,
        )
        html = page(store, manifest, told, items, people=about.people)
        _publish(store, manifest, items, told, html)
    counts = {split.value: sizes[split] for split in Split}
    return {"dataset": uri, "dataset_id": manifest.dataset_id, **counts}


@dataclass(frozen=True, slots=True)
class _About:
    """What the sources say of themselves."""

    classes: tuple[SnapshotClass, ...]
    sources: frozenset[str]
    synthetic: bool
    people: bool
    """Whether some of the pictures may show people: not all sources are drawn."""
    notice: str


def _read(store: ObjectStore, uris: Sequence[str]) -> tuple[_About, list[Sighting]]:
    """The snapshots, without holding on to their manifests: those of 20,000 images outweigh all that follows."""
    sightings: list[Sighting] = []
    classes: list[SnapshotClass] = []
    said: list[tuple[str, bool, str]] = []
    for uri in uris:
        snapshot = load_document(store, uri, SnapshotManifest)
        sightings += sightings_of(snapshot)
        classes += snapshot.classes
        said.append((snapshot.source, snapshot.synthetic, snapshot.notice))
    about = _About(
        classes=tuple(merge_classes(classes)),
        sources=frozenset(source for source, _, _ in said),
        synthetic=any(synthetic for _, synthetic, _ in said),
        people=not all(synthetic for _, synthetic, _ in said),
        notice=" ".join(dict.fromkeys(notice for _, _, notice in said)),
    )
    return about, sightings


def _drift(
    store: ObjectStore,
    previous: DatasetManifest,
    manifest: DatasetManifest,
    items: Sequence[DatasetItem],
    statistics: Mapping[str, Histogram],
) -> DatasetDrift:
    ours = {item.sha256 for item in items}
    shared = sum(sha256 in ours for sha256, _ in load_splits(store, previous))
    return drift((previous, report_of(store, previous.dataset_id)), manifest.counts, statistics, shared)


def _items(
    images: Sequence[Image | None], found: ImageSet, seed: int, earlier: Earlier
) -> tuple[list[DatasetItem], list[Excluded]]:
    """The rows, and the corrections that may be in no split since their group is tested with."""
    kept = [index for index, image in enumerate(images) if image is not None]
    position = {index: at for at, index in enumerate(kept)}
    alike = [(position[i], position[j]) for i, j in found.alike if i in position and j in position]
    groups = group([image for image in images if image is not None], alike)
    splits = assign(groups, seed, earlier)
    items: list[DatasetItem] = []
    excluded: list[Excluded] = []
    for name, members in groups.items():
        for image in members:
            if image.source == FEEDBACK and splits[name] is Split.TEST:
                excluded.append(Excluded(sha256=image.sha256, labels=(image.label,), reason=TESTED_CORRECTION))
                continue
            tone = (image.skin_tone, image.fitzpatrick, found.ita_degrees[image.sha256])
            items.append(DatasetItem(image.sha256, image.key, image.label, splits[name], name, image.source, *tone))
    return items, excluded


def _counts(items: Sequence[DatasetItem]) -> dict[str, dict[Split, int]]:
    labels = sorted({item.label for item in items})
    found = Counter((item.label, item.split) for item in items)
    return {label: {split: found[label, split] for split in Split} for label in labels}


def _publish(
    store: ObjectStore, manifest: DatasetManifest, items: Sequence[DatasetItem], told: DatasetReport, html: str
) -> None:
    """Upload the dataset, manifest last; of one that is blocked the report only, by which a person can judge it."""
    folder = keys.dataset(manifest.dataset_id)
    for check in told.checks:
        if not check.passed:
            word = "accepted" if check.overridden else "FAIL" if check.blocks else "warning"
            say(f"{word} {check.name}: {check.message}")
    blocked = blocking_checks(told.checks)
    if blocked:
        store.put(f"{folder}/{REPORT_FILE}", told.to_json(), content_type="application/json")
        address = f"{folder}/{REPORT_PAGE_FILE}"
        store.put(address, html.encode(), content_type="text/html; charset=utf-8")
        raise BlockedDatasetError(blocked, store.uri(address))
    with TemporaryDirectory() as local:
        write_items(Path(local) / ITEMS_FILE, items)
        (Path(local) / REPORT_FILE).write_bytes(told.to_json())
        (Path(local) / REPORT_PAGE_FILE).write_text(html, encoding="utf-8")
        publish_folder(store, folder, Path(local), lambda files: manifest.model_copy(update={"files": files}))
