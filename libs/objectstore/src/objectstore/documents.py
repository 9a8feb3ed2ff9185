"""Typed documents in the store, and folders that exist only once their manifest does."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from contracts import keys
from contracts.manifest import Contract, FileEntry
from contracts.steps import InvalidInputError
from objectstore.errors import ObjectNotFoundError, PreconditionFailedError
from objectstore.store import ObjectStore

Doc = TypeVar("Doc", bound=Contract)

JSON_TYPE = "application/json"
ATTEMPTS = 20
"""Of one change. A lost race means that somebody else's change went through, so more would mean a fault."""


def read_document(store: ObjectStore, key: str, kind: type[Doc]) -> Doc:
    """Read and check a document.

    Raises:
        ObjectNotFoundError: if there is none.
        InvalidManifestError: if it isn't valid.
    """
    return kind.from_json(store.get(key).body, origin=store.uri(key))


def load_document(store: ObjectStore, uri: str, kind: type[Doc]) -> Doc:
    """Read a document that a step was given by its URI.

    Raises:
        InvalidInputError: if the URI is none or names another bucket.
        ObjectNotFoundError: if there is no such object.
        InvalidManifestError: if it isn't valid.
    """
    try:
        location = keys.parse_uri(uri)
    except ValueError as error:
        raise InvalidInputError(str(error)) from error
    if location.bucket != store.bucket:
        msg = f"{uri} is in bucket {location.bucket!r}, but ACNEFLOW_BUCKET is {store.bucket!r}"
        raise InvalidInputError(msg)
    return read_document(store, location.key, kind)


def change_document(
    store: ObjectStore, key: str, kind: type[Doc], change: Callable[[Doc], Doc], *, default: Doc | None = None
) -> tuple[Doc, Doc]:
    """Replace a document by what `change` makes of it, so that no other writer's change is lost.

    The document is written only if it still has the ETag that it was read with (`If-Match`; `If-None-Match: *` where
    there was none). Whoever loses the race reads it again and asks `change` again.

    `change` makes the new document from the one that stands, or from `default` where there is none yet; the same
    document means that nothing is written. It may be called several times, and may raise: nothing is written then.

    Returns:
        The document before and after; equal if nothing was written.

    Raises:
        ObjectNotFoundError: if there is none and no default.
        InvalidManifestError: if what stands there isn't valid.
        PreconditionFailedError: if others wrote first, each time.
    """
    for _ in range(ATTEMPTS):
        etag: str | None = None
        try:
            found = store.get(key)
            before, etag = kind.from_json(found.body, origin=store.uri(key)), found.etag
        except ObjectNotFoundError:
            if default is None:
                raise
            before = default
        after = change(before)
        if after == before:
            return before, after
        try:
            store.put(key, after.to_json(), content_type=JSON_TYPE, if_match=etag, if_absent=etag is None)
        except PreconditionFailedError:
            continue
        return before, after
    raise PreconditionFailedError(f"others keep changing {store.uri(key)}; try again")


def publish_folder(
    store: ObjectStore, folder: str, root: Path, manifest: Callable[[tuple[FileEntry, ...]], Contract]
) -> str:
    """Upload every file under `root`, then the manifest: whoever sees the manifest sees all of it.

    Args:
        store: where to.
        folder: key of the folder in the store, without a slash at the end.
        root: local folder.
        manifest: makes the manifest from the entries (paths relative to `root`, sorted).

    Returns:
        The manifest's URI.
    """
    entries = [_upload(store, folder, root, path) for path in sorted(root.rglob("*")) if path.is_file()]
    key = keys.manifest(folder)
    store.put(key, manifest(tuple(entries)).to_json(), content_type=JSON_TYPE)
    return store.uri(key)


def _upload(store: ObjectStore, folder: str, root: Path, path: Path) -> FileEntry:
    relative = path.relative_to(root).as_posix()
    entry = store.upload(f"{folder}/{relative}", path)
    return entry.model_copy(update={"path": relative})
