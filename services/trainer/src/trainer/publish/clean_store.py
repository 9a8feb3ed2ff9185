"""What may go from the store: what is old enough, and what no manifest in use names.

In use is every published version and what it came from (its run, its dataset, that dataset's snapshots and images), the
newest snapshot of each source, the newest dataset, every correction, and whatever is younger than the days that are
kept, with what it names. A version, a channel, a correction and a source's state are never touched.

A manifest goes before the files it names: what has none doesn't exist for anyone, so a clean-up that breaks off leaves
nothing half there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from contracts import keys
from contracts.dataset import DatasetManifest
from contracts.feedback import Feedback
from contracts.manifest import Document
from contracts.models.version import VersionManifest
from contracts.run import RunManifest
from contracts.snapshot import SnapshotManifest
from contracts.steps import Result, say
from objectstore import ObjectInfo, ObjectStore, read_document

KEEP_DAYS = 30
"""Whatever is younger stays, whoever names it: it may belong to something that is being made."""

Doc = TypeVar("Doc", bound=Document)
Folders = Mapping[str, Sequence[ObjectInfo]]
"""The objects of each folder, by the folder's key."""


def clean_store(store: ObjectStore, *, delete: bool, keep_days: int = KEEP_DAYS) -> Result:
    """Find what may go, and delete it if told to.

    If a manifest can't be read nothing is deleted, since it may name anything.
    """
    before = datetime.now(UTC) - timedelta(days=keep_days)
    going = list(_going(store, before))
    if delete:
        for each in going:
            store.delete(each.key)
    size = sum(each.size for each in going)
    say(f"{len(going)} objects, {size / 1e6:.1f} MB, {'are deleted' if delete else 'could go; none was deleted'}")
    return {"deleted": len(going), "bytes": size, "dry_run": not delete}


def _going(store: ObjectStore, before: datetime) -> Iterator[ObjectInfo]:
    """What may go, in the order in which it may."""
    versions = [_read(store, folder, VersionManifest) for folder in _versions(store)]
    run_folders = _folders(store, keys.runs(), depth=2)
    kept_runs = _young(run_folders, before) | {keys.run(version.run_id) for version in versions if version}
    runs = [run for run in (_read(store, folder, RunManifest) for folder in kept_runs) if run]
    yield from _rest("runs", run_folders, kept_runs)

    dataset_folders = _folders(store, keys.datasets(), depth=2)
    kept_datasets = _young(dataset_folders, before) | {keys.dataset(run.dataset_id) for run in runs}
    kept_datasets |= set(_newest(dataset_folders))
    datasets = [each for each in (_read(store, folder, DatasetManifest) for folder in kept_datasets) if each]
    yield from _rest("datasets", dataset_folders, kept_datasets)

    named = {keys.parse_uri(uri).folder for dataset in datasets for uri in dataset.snapshots}
    kept_snapshots: set[str] = set()
    for source in store.folders(keys.sources()):
        folders = _folders(store, keys.snapshots(source), depth=4)
        kept = _young(folders, before) | (named & folders.keys()) | set(_newest(folders))
        yield from _rest(f"snapshots of {source}", folders, kept)
        kept_snapshots |= kept

    snapshots = (_read(store, folder, SnapshotManifest) for folder in kept_snapshots)
    pictures = {image.key for snapshot in snapshots if snapshot for image in snapshot.images}
    pictures |= {record.image.key for record in _corrections(store) if record.image}
    unused = [each for each in store.walk(keys.images()) if each.modified < before and each.key not in pictures]
    say(f"images: {len(unused)} could go, {len(pictures)} are in use")
    yield from unused


def _rest(kind: str, folders: Folders, kept: set[str]) -> Iterator[ObjectInfo]:
    """The objects of all folders that aren't kept, each folder's manifest first."""
    going = sorted(folders.keys() - kept)
    say(f"{kind}: {len(going)} could go, {len(folders) - len(going)} stay")
    for folder in going:
        yield from sorted(folders[folder], key=lambda each: each.key != keys.manifest(folder))


def _folders(store: ObjectStore, prefix: str, depth: int) -> Folders:
    """The folders under a prefix, whose keys have `depth` parts, with what lies in them."""
    folders: dict[str, list[ObjectInfo]] = {}
    for each in store.walk(prefix):
        folders.setdefault("/".join(each.key.split("/")[:depth]), []).append(each)
    return folders


def _young(folders: Folders, before: datetime) -> set[str]:
    """Those of which anything was written since."""
    return {folder for folder, objects in folders.items() if max(each.modified for each in objects) >= before}


def _newest(folders: Folders) -> list[str]:
    manifests = {keys.manifest(folder): folder for folder in folders}
    written = [(each.modified, each.key) for objects in folders.values() for each in objects if each.key in manifests]
    return [manifests[max(written)[1]]] if written else []


def _versions(store: ObjectStore) -> Iterator[str]:
    for model in store.folders(keys.models()):
        yield from (keys.version(model, int(number)) for number in store.folders(keys.versions(model)))


def _corrections(store: ObjectStore) -> Iterator[Feedback]:
    for each in store.walk(keys.feedback()):
        if each.key.endswith(".json"):
            yield read_document(store, each.key, Feedback)


def _read(store: ObjectStore, folder: str, kind: type[Doc]) -> Doc | None:
    """A folder's manifest; none if it isn't finished, or isn't there any more."""
    key = keys.manifest(folder)
    return read_document(store, key, kind) if store.head(key) else None
