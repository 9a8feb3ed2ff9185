"""One version from the store to the volume: what its manifest lists, every byte checked, visible only when whole."""

import hashlib
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from contracts import keys
from contracts.manifest import ClassLabel, FileEntry, InvalidManifestError
from contracts.models.version import (
    DESCRIPTION_FILE,
    LITERT_FILE,
    SAVED_MODEL_FOLDER,
    ModelDescription,
    VersionManifest,
)
from imaging import INPUT_SIDE_PX, PREPROCESSING
from inference import UnusableModelError, load_description
from objectstore import IntegrityError, ObjectNotFoundError, ObjectStore
from serving.errors import VersionRefusedError, VolumeError
from serving.sync.volume import MANIFEST_FILE, Volume, bytes_in
from serving.sync.warmup import WARMUP_FILE, write_warmup

MIN_FREE_BYTES = 128 * 2**20
"""What a download must leave free on the volume."""

MAX_VERSION_BYTES = 4 * 2**30
"""No classifier is larger: a LiteRT file can have 2 GiB, and the SavedModel beside it about as much."""

RETRY_AFTER_S = 5.0
"""How long a version that can't be fetched just now is left alone."""

_REFUSALS = (VersionRefusedError, InvalidManifestError, IntegrityError, ObjectNotFoundError, UnusableModelError)
"""What another attempt couldn't change: published things never do."""


GRAPH_FILE = "saved_model.pb"
VARIABLES_FILES = ("variables/variables.index", "variables/variables.data-00000-of-*")

_STRING_VAL = b"\x42"
"""Tag of TensorProto.string_val (field 8, length-delimited)."""


def download_version(
    store: ObjectStore, model: str, number: int, volume: Volume, *, budget_bytes: int | None = None
) -> None:
    """Bring one version to the volume. What an interrupted attempt has brought already isn't fetched again.

    `budget_bytes` is what all versions on the volume may take together; None is what the disk has.

    Raises:
        VersionRefusedError: if what is in the store isn't that version, whole and unaltered.
        VolumeError: if it doesn't fit on the disk or into the budget.
        StoreError: if the store can't be reached.
    """
    try:
        _fetch(store, model, number, volume, budget_bytes)
    except _REFUSALS as error:
        shutil.rmtree(volume.partial(number), ignore_errors=True)
        raise VersionRefusedError(str(error)) from error
    except OSError as error:
        raise VolumeError(f"version {number} can't be written to {volume.folder}: {error.strerror or error}") from error


class BackgroundDownload:
    """One download at a time, on a thread of its own, so that a rollback never waits behind a new version.

    The thread dies with the process: what it leaves is swept later.
    """

    def __init__(self, download: Callable[[int], None]) -> None:
        self._download = download
        self._thread: threading.Thread | None = None
        self._version = 0
        self._error: Exception | None = None
        self._not_before: dict[int, float] = {}

    def start(self, versions: tuple[int, ...]) -> None:
        now = time.monotonic()
        due = [version for version in versions if self._not_before.get(version, now) <= now]
        if self._thread is not None or not due:
            return
        self._version, self._error = due[0], None
        self._thread = threading.Thread(target=self._run, name=f"download-{due[0]}", daemon=True)
        self._thread.start()

    def finished(self) -> tuple[int, Exception | None] | None:
        """The version whose download has just ended, with what went wrong."""
        if self._thread is None or self._thread.is_alive():
            return None
        self._thread = None
        return self._version, self._error

    def postpone(self, version: int) -> None:
        self._not_before[version] = time.monotonic() + RETRY_AFTER_S

    @property
    def running(self) -> bool:
        return self._thread is not None

    def _run(self) -> None:
        try:
            self._download(self._version)
        except Exception as error:
            self._error = error


def _fetch(store: ObjectStore, model: str, number: int, volume: Volume, budget_bytes: int | None) -> None:
    source = keys.version(model, number)
    written = store.get(keys.manifest(source)).body
    manifest = VersionManifest.from_json(written, origin=store.uri(keys.manifest(source)))
    if (manifest.name, manifest.version) != (model, number):
        msg = f"{store.uri(keys.manifest(source))} is the manifest of {manifest.name} version {manifest.version}"
        raise VersionRefusedError(msg)
    places = _places(manifest.files)
    _check_room(manifest, volume, budget_bytes)
    _check_unlisted(store, source, manifest)
    partial = volume.partial(number)
    for place, entry in places.items():
        path = partial / place
        if not _is_there(path, entry):
            store.resume(f"{source}/{entry.path}", path, sha256=entry.sha256, size=entry.size)
            path.chmod(0o644)
    _drop_unlisted(partial, places)
    check_contents(partial, manifest)
    write_warmup(partial, model)
    (partial / MANIFEST_FILE).write_bytes(written)
    volume.publish(number)


def check_contents(folder: Path, manifest: VersionManifest) -> None:
    """Check a version folder whose files are as its manifest says: a SavedModel that is whole, and labels that fit.

    The model server proves the rest when it loads the version and predicts the golden pictures.
    """
    description = load_description(folder)
    _check_description(description, manifest)
    for name in (GRAPH_FILE, *VARIABLES_FILES, LITERT_FILE):
        if not any(folder.glob(name)):
            raise VersionRefusedError(f"{name} is missing")
    if _constant(description.classes) not in (folder / GRAPH_FILE).read_bytes():
        names = ", ".join(label.name for label in description.classes)
        raise VersionRefusedError(f"the graph's labels aren't those of model.json, in that order: {names}")


def _check_description(description: ModelDescription, manifest: VersionManifest) -> None:
    if (description.name, description.version) != (manifest.name, manifest.version):
        msg = f"model.json is of {description.name} version {description.version}, unlike the manifest"
        raise VersionRefusedError(msg)
    if description.preprocessing != PREPROCESSING:
        msg = f"it was trained with preprocessing {description.preprocessing!r}, but here pixels are {PREPROCESSING!r}"
        raise VersionRefusedError(msg)
    if description.input_size != INPUT_SIDE_PX:
        msg = f"it takes pictures of {description.input_size} px, but here they have {INPUT_SIDE_PX} px"
        raise VersionRefusedError(msg)


def _constant(classes: tuple[ClassLabel, ...]) -> bytes:
    """How the graph's constant of labels is written."""
    names = (label.name.encode() for label in classes)
    return b"".join(_STRING_VAL + bytes([len(name)]) + name for name in names)


def _places(entries: Iterable[FileEntry]) -> dict[PurePosixPath, FileEntry]:
    """Where each file goes: the SavedModel's content to the top, where TensorFlow Serving looks for it."""
    places: dict[PurePosixPath, FileEntry] = {}
    for entry in entries:
        place = PurePosixPath(entry.path.removeprefix(f"{SAVED_MODEL_FOLDER}/"))
        if place in places:
            raise VersionRefusedError(f"the manifest's {places[place].path} and {entry.path} would be the same file")
        if place in {PurePosixPath(MANIFEST_FILE), PurePosixPath(WARMUP_FILE)}:
            raise VersionRefusedError(f"the manifest's {entry.path} would lie where the sidecar writes")
        places[place] = entry
    folders = {parent for place in places for parent in place.parents}
    for place in places.keys() & folders:
        raise VersionRefusedError(f"the manifest's {places[place].path} would be a file and a folder")
    if PurePosixPath(DESCRIPTION_FILE) not in places:
        raise VersionRefusedError(f"the manifest lists no {DESCRIPTION_FILE}")
    return places


def _check_room(manifest: VersionManifest, volume: Volume, budget_bytes: int | None) -> None:
    size = sum(entry.size for entry in manifest.files)
    if size > MAX_VERSION_BYTES:
        msg = f"its manifest claims {size:,} bytes; no version may have more than {MAX_VERSION_BYTES:,}"
        raise VersionRefusedError(msg)
    missing = size - bytes_in(volume.partial(manifest.version))
    free = shutil.disk_usage(volume.folder).free
    if free < missing + MIN_FREE_BYTES:
        msg = f"version {manifest.version} needs {missing:,} bytes on {volume.folder}, but only {free:,} are free"
        raise VolumeError(msg)
    if budget_bytes is not None and (held := volume.held_bytes()) + missing > budget_bytes:
        msg = (
            f"version {manifest.version} needs {missing:,} bytes, but of the budget of {budget_bytes:,} bytes {held:,} "
            "are taken by versions that are served or named by a channel; raise ACNEFLOW_SERVING_DISK_BUDGET_MB"
        )
        raise VolumeError(msg)


def _check_unlisted(store: ObjectStore, source: str, manifest: VersionManifest) -> None:
    """Refuse a version in whose folder somebody has put something."""
    listed = {f"{source}/{entry.path}" for entry in manifest.files}
    own = {keys.manifest(source), keys.version_claim(manifest.name, manifest.version)}
    for found in store.walk(f"{source}/"):
        if found.key not in listed | own:
            raise VersionRefusedError(f"{store.uri(found.key)} isn't listed in the version's manifest")


def _is_there(path: Path, entry: FileEntry) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256


def _drop_unlisted(partial: Path, places: Mapping[PurePosixPath, FileEntry]) -> None:
    """Remove what an attempt under another manifest has left."""
    for path in partial.rglob("*"):
        if path.is_file() and PurePosixPath(path.relative_to(partial)) not in places:
            path.unlink()
