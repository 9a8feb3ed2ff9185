"""Whether a published version is whole: its manifest is there, and every file is what the manifest says."""

from pathlib import Path
from tempfile import TemporaryDirectory

from contracts import keys
from contracts.manifest import InvalidManifestError
from contracts.model import VersionManifest
from contracts.steps import InvalidInputError
from objectstore import IntegrityError, ObjectNotFoundError, ObjectStore, read_document


def check_version(store: ObjectStore, model: str, version: int) -> VersionManifest:
    """Read every file of a version and hold it against the manifest.

    Raises:
        InvalidInputError: if the version was never published, or a file is missing or damaged; names it.
        StoreUnavailableError: if the store can't be reached.
    """
    folder = keys.version(model, version)
    try:
        manifest = read_document(store, keys.manifest(folder), VersionManifest)
    except ObjectNotFoundError as error:
        numbers = published_versions(store, model)
        known = f"published are {', '.join(map(str, numbers))}" if numbers else "none of this model was"
        msg = f"{model} version {version} was never published: there is no {store.uri(keys.manifest(folder))}; {known}"
        raise InvalidInputError(msg) from error
    except InvalidManifestError as error:
        raise InvalidInputError(str(error)) from error
    with TemporaryDirectory() as local:
        for entry in manifest.files:
            path = Path(local) / entry.path
            try:
                store.download(f"{folder}/{entry.path}", path, sha256=entry.sha256, size=entry.size)
            except (IntegrityError, ObjectNotFoundError) as error:
                msg = f"{model} version {version} is damaged and can't be used: {error}"
                raise InvalidInputError(msg) from error
            path.unlink()
    return manifest


def published_versions(store: ObjectStore, model: str) -> list[int]:
    """The numbers of a model's published versions, the newest first."""
    numbers = sorted((int(name) for name in store.folders(keys.versions(model)) if name.isdecimal()), reverse=True)
    return [number for number in numbers if store.head(keys.manifest(keys.version(model, number))) is not None]
