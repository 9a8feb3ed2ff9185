"""One version from the store to the volume: what its manifest lists, every byte checked, visible only when whole."""

import shutil
from collections.abc import Iterable
from pathlib import PurePosixPath

from contracts import keys
from contracts.manifest import FileEntry, InvalidManifestError
from contracts.model import DESCRIPTION_FILE, SAVED_MODEL_FOLDER, VersionManifest
from imaging import PREPROCESSING
from inference import UnusableModelError, load_description
from objectstore import IntegrityError, ObjectNotFoundError, ObjectStore, read_document
from serving.errors import VersionRefusedError, VolumeError
from serving.sync.volume import Volume

MIN_FREE_BYTES = 128 * 2**20
"""What a download must leave free on the volume."""


_REFUSALS = (VersionRefusedError, InvalidManifestError, IntegrityError, ObjectNotFoundError, UnusableModelError)
"""What another attempt couldn't change: published things never do."""


def fetch_version(store: ObjectStore, model: str, number: int, volume: Volume) -> None:
    """Bring one version to the volume. Files that an interrupted attempt has brought already aren't fetched again.

    Raises:
        VersionRefusedError: if what is in the store isn't that version, whole and unaltered.
        VolumeError: if it doesn't fit on the disk.
        StoreError: if the store can't be reached.
    """
    try:
        _fetch(store, model, number, volume)
    except _REFUSALS as error:
        shutil.rmtree(volume.partial(number), ignore_errors=True)
        raise VersionRefusedError(str(error)) from error
    except OSError as error:
        msg = f"version {number} can't be written to {volume.folder}: {error.strerror or error}"
        raise VolumeError(msg) from error


def _fetch(store: ObjectStore, model: str, number: int, volume: Volume) -> None:
    source = keys.version(model, number)
    manifest = read_document(store, keys.manifest(source), VersionManifest)
    if (manifest.name, manifest.version) != (model, number):
        msg = f"{store.uri(keys.manifest(source))} is the manifest of {manifest.name} version {manifest.version}"
        raise VersionRefusedError(msg)
    places = _places(manifest.files)
    _check_room(manifest, volume)
    partial = volume.partial(number)
    for place, entry in places.items():
        path = partial / place
        if not path.exists():
            store.download(f"{source}/{entry.path}", path, sha256=entry.sha256, size=entry.size)
            path.chmod(0o644)
    _check_description(volume, manifest)
    volume.publish(number)


def _places(entries: Iterable[FileEntry]) -> dict[PurePosixPath, FileEntry]:
    """Where each file goes: the SavedModel's content to the top, where TensorFlow Serving looks for it."""
    places: dict[PurePosixPath, FileEntry] = {}
    for entry in entries:
        place = PurePosixPath(entry.path.removeprefix(f"{SAVED_MODEL_FOLDER}/"))
        if place in places:
            msg = f"the manifest's {places[place].path} and {entry.path} would be the same file"
            raise VersionRefusedError(msg)
        places[place] = entry
    folders = {parent for place in places for parent in place.parents}
    for place in places.keys() & folders:
        msg = f"the manifest's {places[place].path} would be a file and a folder"
        raise VersionRefusedError(msg)
    if PurePosixPath(DESCRIPTION_FILE) not in places:
        msg = f"the manifest lists no {DESCRIPTION_FILE}"
        raise VersionRefusedError(msg)
    return places


def _check_room(manifest: VersionManifest, volume: Volume) -> None:
    needed = sum(entry.size for entry in manifest.files) + MIN_FREE_BYTES
    free = shutil.disk_usage(volume.folder).free
    if free < needed:
        msg = f"version {manifest.version} needs {needed:,} bytes on {volume.folder}, but only {free:,} are free"
        raise VolumeError(msg)


def _check_description(volume: Volume, manifest: VersionManifest) -> None:
    description = load_description(volume.partial(manifest.version))
    if (description.name, description.version) != (manifest.name, manifest.version):
        msg = f"model.json is of {description.name} version {description.version}, unlike the manifest"
        raise VersionRefusedError(msg)
    if description.preprocessing != PREPROCESSING:
        msg = f"it was trained with preprocessing {description.preprocessing!r}, but here pixels are {PREPROCESSING!r}"
        raise VersionRefusedError(msg)
