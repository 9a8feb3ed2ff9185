"""The step `prepare`: snapshots in, a dataset that nobody can leak through out.

Start here, then `sightings` (one image, one label), `fingerprint` and `grouping` (what belongs together) and `split`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts import keys
from contracts.dataset import REPORT_FILE, DatasetItem, DatasetManifest, Excluded, Split, dataset_id
from contracts.manifest import ClassLabel, FileEntry, utc_now
from contracts.snapshot import SnapshotManifest
from contracts.steps import Result, say
from imaging import ImageRefusedError
from objectstore import ObjectStore, load_document, publish_folder, read_document
from trainer.errors import UnusableDataError
from trainer.fingerprint import Fingerprint, fingerprint
from trainer.grouping import group
from trainer.items import ITEMS_FILE, load_items, write_items
from trainer.photos import for_each_photo
from trainer.prepare_report import report
from trainer.progress import Progress
from trainer.sightings import Image, classes_of, images_of, keep_large_classes
from trainer.split import assign


def prepare(store: ObjectStore, snapshot_uris: Sequence[str], seed: int) -> Result:
    """Make a dataset of the snapshots' images, or find the one that these images already made.

    Raises:
        UnusableDataError: if fewer than two classes are left, or a class doesn't reach every split.
        InvalidInputError: if a URI is none of this store's.
        StoreError: if a snapshot or an image is missing or damaged.
    """
    snapshots = [load_document(store, uri, SnapshotManifest) for uri in snapshot_uris]
    images, excluded = images_of(snapshots)
    say(f"{sum(len(each.images) for each in snapshots)} sightings of {len(images) + len(excluded)} different images")
    images, prints, unreadable = _readable(store, images)
    excluded += unreadable
    classes, dropped = keep_large_classes(images, classes_of(snapshots))
    for name, reason in dropped.items():
        say(f"left out: class {name} ({reason})")
    if len(classes) < 2:
        msg = f"{len(classes)} of {len(classes) + len(dropped)} classes have enough images, but training needs two"
        raise UnusableDataError(msg)
    names = {each.name for each in classes}
    images = [image for image in images if image.label in names]
    groups = group(images, prints)
    sources = {each.source for each in snapshots}
    splits = assign(groups, seed, _earlier_splits(store, sources, seed))
    items = [
        DatasetItem(image.sha256, image.key, image.label, splits[name], name, image.source, image.skin_tone)
        for name, members in groups.items()
        for image in members
    ]
    check_groups(items)
    sizes = Counter(item.split for item in items)
    say(f"{len(items)} images in {len(groups)} groups: " + ", ".join(f"{sizes[s]} {s}" for s in Split))
    manifest = DatasetManifest(
        dataset_id=dataset_id(items),
        created_at=utc_now(),
        snapshots=tuple(snapshot_uris),
        synthetic=any(each.synthetic for each in snapshots),
        notice=" ".join(dict.fromkeys(each.notice for each in snapshots)),
        seed=seed,
        classes=tuple(ClassLabel(name=each.name, display_name=each.display_name) for each in classes),
        counts=_counts(items),
        dropped_classes=dropped,
        excluded=tuple(excluded),
        files=(),
    )
    uri = _publish(store, manifest, items)
    counts = {split.value: sizes[split] for split in Split}
    return {"dataset": uri, "dataset_id": manifest.dataset_id, **counts}


def check_groups(items: Sequence[DatasetItem]) -> None:
    """Refuse a dataset in which a group stands in two splits.

    Raises:
        UnusableDataError: names the group.
    """
    split_of: dict[str, Split] = {}
    for item in items:
        if split_of.setdefault(item.group, item.split) != item.split:
            msg = f"group {item.group} is in both {split_of[item.group]} and {item.split}; a model could learn its test"
            raise UnusableDataError(msg)


def _readable(
    store: ObjectStore, images: Sequence[Image]
) -> tuple[list[Image], dict[str, Fingerprint], list[Excluded]]:
    progress = Progress("images read", len(images))

    def look(_: Image, data: bytes) -> Fingerprint | str:
        try:
            return fingerprint(data)
        except ImageRefusedError as error:
            return str(error)
        finally:
            progress.advance()

    prints: dict[str, Fingerprint] = {}
    refused: list[Excluded] = []
    for image, seen in zip(images, for_each_photo(store, images, look), strict=True):
        if isinstance(seen, str):
            refused.append(Excluded(sha256=image.sha256, labels=(image.label,), reason=seen))
        else:
            prints[image.sha256] = seen
    return [image for image in images if image.sha256 in prints], prints, refused


def _earlier_splits(store: ObjectStore, sources: set[str], seed: int) -> Mapping[str, Split]:
    """SHA-256 → split in the newest dataset that came from any of these sources with this seed."""
    newest: DatasetManifest | None = None
    for name in store.folders(keys.datasets()):
        key = keys.manifest(keys.dataset(name))
        if store.head(key) is None:
            continue
        dataset = read_document(store, key, DatasetManifest)
        related = {keys.source_of(keys.parse_uri(uri).key) for uri in dataset.snapshots} & sources
        if related and dataset.seed == seed and (newest is None or dataset.created_at > newest.created_at):
            newest = dataset
    return {} if newest is None else {item.sha256: item.split for item in load_items(store, newest)}


def _counts(items: Sequence[DatasetItem]) -> dict[str, dict[Split, int]]:
    labels = sorted({item.label for item in items})
    found = Counter((item.label, item.split) for item in items)
    return {label: {split: found[label, split] for split in Split} for label in labels}


def _publish(store: ObjectStore, manifest: DatasetManifest, items: list[DatasetItem]) -> str:
    folder = keys.dataset(manifest.dataset_id)
    key = keys.manifest(folder)
    if store.head(key) is not None:
        say(f"nothing new: dataset {manifest.dataset_id} is there already")
        return store.uri(key)

    def with_files(files: tuple[FileEntry, ...]) -> DatasetManifest:
        return manifest.model_copy(update={"files": files})

    with TemporaryDirectory() as local:
        write_items(Path(local) / ITEMS_FILE, items)
        (Path(local) / REPORT_FILE).write_bytes(report(manifest, items).to_json())
        return publish_folder(store, folder, Path(local), with_files)
