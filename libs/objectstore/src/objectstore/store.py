"""One bucket of any S3 server. Every error it raises is one of ours and names the object."""

import hashlib
import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import BaseError, NotModifiedError

from contracts.keys import Location
from contracts.manifest import FileEntry
from objectstore import files, s3
from objectstore.errors import ObjectNotFoundError
from objectstore.s3 import StoreSettings

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta, PutMode

CHUNK_BYTES = 2**20
PART_BYTES = 8 * 2**20
PARTS_AT_ONCE = 4
LISTED_AT_ONCE = 1000
SIGNED_FOR = timedelta(minutes=5)
BUCKET_TIMEOUT_S = 30

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's content and the ETag to name it by in a conditional put."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object without its content."""

    key: str
    etag: str
    size: int
    modified: datetime = field(compare=False)
    """When it was written; a listing may know it more precisely than the object itself."""


class ObjectStore:
    """A bucket. Safe to share between threads; make one per process, after forking."""

    def __init__(self, settings: StoreSettings) -> None:
        self.settings = settings
        self.bucket = settings.bucket
        self.endpoint = settings.store_endpoint or "AWS S3"
        self._s3 = s3.connect(settings)

    def uri(self, key: str) -> str:
        return str(Location(self.bucket, key))

    def ensure_bucket(self) -> None:
        """Make the bucket if there is none. obstore has no call for that, but signs one."""
        from urllib.error import HTTPError, URLError  # noqa: PLC0415 - who makes the bucket is seldom in a hurry
        from urllib.request import ProxyHandler, Request, build_opener  # noqa: PLC0415

        opener = build_opener(ProxyHandler({}) if self.endpoint.startswith("http:") else ProxyHandler())
        for method, to_ignore in (("HEAD", 404), ("PUT", 409)):
            url = obstore.sign(self._s3, "HEAD" if method == "HEAD" else "PUT", "", SIGNED_FOR)
            try:
                with opener.open(Request(url, method=method), timeout=BUCKET_TIMEOUT_S):  # noqa: S310
                    return
            except HTTPError as error:
                if error.code != to_ignore:
                    raise s3.refusal_for(error.code, "", where=self.uri(""), endpoint=self.endpoint) from error
            except (URLError, OSError) as error:
                raise s3.refusal_for(0, "", where=self.uri(""), endpoint=self.endpoint) from error

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object without reading it; None if there is none."""
        try:
            return _info(self._call(key, lambda: self._s3.head(key)))
        except ObjectNotFoundError:
            return None

    def get(self, key: str) -> StoredObject:
        """Read a whole object, for documents; large files are fetched with `download`."""
        found = self.get_if_changed(key, None)
        assert found is not None  # noqa: S101 - nothing was known of it
        return found

    def get_if_changed(self, key: str, etag: str | None) -> StoredObject | None:
        """Read an object unless it still has `etag` (a conditional GET); None if it has."""

        def read() -> StoredObject | None:
            try:
                found = self._s3.get(key, options={} if etag is None else {"if_none_match": etag})
            except NotModifiedError:
                return None
            return StoredObject(found.bytes().to_bytes(), found.meta["e_tag"] or "")

        return self._call(key, read)

    def put(
        self,
        key: str,
        body: bytes | IO[bytes],
        *,
        content_type: str = "application/octet-stream",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        """Write an object and return its ETag.

        Args:
            key: where to.
            body: the content, or a file that is sent whole without being read into memory first.
            content_type: its media type.
            if_match: write only if the object still has this ETag.
            if_absent: write only if there is no such object.

        Raises:
            PreconditionFailedError: if the condition doesn't hold.
        """
        content = body if isinstance(body, bytes) else _map_into_memory(body)
        mode: PutMode = "create" if if_absent else "overwrite" if if_match is None else {"e_tag": if_match}

        def write() -> str:
            attributes = {"Content-Type": content_type}
            return self._s3.put(key, content, attributes=attributes, mode=mode, use_multipart=False)["e_tag"] or ""

        return self._call(key, write)

    def upload(self, key: str, path: Path) -> FileEntry:
        """Write a file's content, however large; the entry's `path` is the file's name."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self._call(key, lambda: self._s3.put(key, path, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE))
        return FileEntry(path=path.name, sha256=digest, size=path.stat().st_size)

    def download(self, key: str, path: Path, *, sha256: str, size: int) -> None:
        """Fetch an object into `path`, which appears only once its content was verified and is on the disk.

        Raises:
            ObjectNotFoundError: if there is none.
            IntegrityError: if the content has another size or SHA-256; nothing is left behind.
        """
        files.download(lambda start: self._open(key, start)[1], self.uri(key), path, sha256=sha256, size=size)

    def resume(self, key: str, path: Path, *, sha256: str, size: int) -> None:
        """As `download`, but what an attempt that broke off left in `.<name>.part` isn't fetched again."""
        files.resume(lambda start: self._open(key, start)[1], self.uri(key), path, sha256=sha256, size=size)

    def fetch(self, key: str, path: Path) -> str:
        """Copy a mutable object, whose content no manifest names, into `path`, and return its ETag."""
        etag, chunks = self._open(key)
        with path.open("wb") as file:
            file.writelines(chunks)
        return etag

    def walk(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix (which ends with a slash), by key."""
        pages = self._s3.list(prefix or None, chunk_size=LISTED_AT_ONCE)
        while page := self._call(prefix, lambda: next(pages, None)):
            yield from map(_info, page)

    def folders(self, prefix: str) -> list[str]:
        """The names directly under `prefix` (which ends with a slash), sorted, without slashes."""
        found = self._call(prefix, lambda: self._s3.list_with_delimiter(prefix or None))
        return sorted(folder.rpartition("/")[2] for folder in found["common_prefixes"])

    def delete(self, key: str) -> None:
        """Remove an object; removing one that isn't there is no error."""
        self._call(key, lambda: self._s3.delete(key))

    def _call(self, key: str, call: Callable[[], T]) -> T:
        try:
            return s3.interruptible(call)
        except (BaseError, FileNotFoundError) as error:
            raise s3.error_for(error, where=self.uri(key), endpoint=self.endpoint) from error

    def _open(self, key: str, start: int = 0) -> tuple[str, Iterator[bytes]]:
        """An object's ETag, and its content from byte `start` in chunks."""
        options: GetOptions = {"range": {"offset": start}} if start else {}
        found = self._call(key, lambda: self._s3.get(key, options=options))
        stream = found.stream(CHUNK_BYTES)

        def chunks() -> Iterator[bytes]:
            while (chunk := self._call(key, lambda: next(stream, None))) is not None:
                yield chunk

        return found.meta["e_tag"] or "", chunks()


def _info(found: "ObjectMeta") -> ObjectInfo:
    return ObjectInfo(found["path"], found["e_tag"] or "", found["size"], found["last_modified"])


def _map_into_memory(file: IO[bytes]) -> "mmap.mmap | bytes":
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:  # it is empty
        return b""
