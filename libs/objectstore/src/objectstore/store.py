"""One bucket of any S3 server. Every error it raises is one of ours and names the object.

What services do all the time goes by `signed`; whatever that isn't answered as expected, and everything else, is for
the general client, which is made only then: to import and to make it takes a third of a second and 20 MB.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from contracts.keys import Location
from contracts.manifest import FileEntry
from objectstore import files
from objectstore.errors import ObjectNotFoundError, PreconditionFailedError
from objectstore.listing import ObjectInfo, Page, query, read_page
from objectstore.settings import StoreSettings
from objectstore.signed import SignedHttp

if TYPE_CHECKING:
    from objectstore.s3 import GeneralClient


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's content and the ETag to name it by in a conditional put."""

    body: bytes
    etag: str


class ObjectStore:
    """A bucket. Safe to share between threads; make one per process, after forking."""

    def __init__(self, settings: StoreSettings) -> None:
        self.settings = settings
        self.bucket = settings.bucket
        self.endpoint = settings.store_endpoint or "AWS S3"
        self._connecting = threading.Lock()
        self._client: GeneralClient | None = None

    @cached_property
    def signed(self) -> SignedHttp:
        """The quick way to the bucket."""
        return SignedHttp(self.settings, self._address())

    def uri(self, key: str) -> str:
        """The `s3://` URI of a key in this bucket."""
        return str(Location(self.bucket, key))

    def ensure_bucket(self) -> None:
        """Make the bucket if there is none."""
        self._general.ensure_bucket()

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object without reading it; None if there is none."""
        answer = self.signed.head(key)
        if answer is not None and answer.status == 404:
            return None
        if answer is not None and answer.status == 200:
            said = answer.headers
            modified = parsedate_to_datetime(said["Last-Modified"])
            return ObjectInfo(key, said["ETag"], int(said["Content-Length"]), modified)
        return self._general.head(key)

    def get(self, key: str) -> StoredObject:
        """Read a whole object, for documents; large files are fetched with `download`.

        Raises:
            ObjectNotFoundError: if there is none.
        """
        found = self.get_if_changed(key, None)
        assert found is not None  # noqa: S101 - nothing was known of it
        return found

    def get_if_changed(self, key: str, etag: str | None) -> StoredObject | None:
        """Read an object unless it still has `etag` (a conditional GET); None if it has.

        Raises:
            ObjectNotFoundError: if there is none.
        """
        answer = self.signed.read(key, {} if etag is None else {"If-None-Match": etag})
        if answer is not None:
            if answer.status == 200:
                return StoredObject(answer.data, answer.headers["ETag"])
            if answer.status == 304 and etag is not None:
                return None
            if answer.status == 404 and b"<Code>NoSuchKey</Code>" in answer.data:
                raise ObjectNotFoundError(f"{self.uri(key)} doesn't exist")
        found = self._general.get(key, etag)
        return None if found is None else StoredObject(*found)

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
            body: the content; a file is streamed.
            content_type: its media type.
            if_match: write only if the object still has this ETag.
            if_absent: write only if there is no such object.

        Raises:
            PreconditionFailedError: if the condition doesn't hold.
        """
        headers = {"Content-Type": content_type}
        if if_match is not None:
            headers["If-Match"] = if_match
        if if_absent:
            headers["If-None-Match"] = "*"
        answer = self.signed.put(key, body, headers)
        if answer is not None and answer.status == 200:
            return str(answer.headers["ETag"])
        if answer is not None and answer.status in {409, 412} and (if_match is not None or if_absent):
            raise PreconditionFailedError(f"{self.uri(key)} was written by somebody else in the meantime")
        return self._general.put(key, body, content_type, if_match, if_absent=if_absent)

    def upload(self, key: str, path: Path) -> FileEntry:
        """Write a file's content, however large; the entry's `path` is the file's name."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self._general.upload(key, path)
        return FileEntry(path=path.name, sha256=digest, size=path.stat().st_size)

    def download(self, key: str, path: Path, *, sha256: str, size: int) -> None:
        """Fetch an object into `path`, which appears only once its content was verified and is on the disk.

        Raises:
            ObjectNotFoundError: if there is none.
            IntegrityError: if the content has another size or SHA-256; nothing is left behind.
        """
        files.download(self._stream(key), self.uri(key), path, sha256=sha256, size=size)

    def resume(self, key: str, path: Path, *, sha256: str, size: int) -> None:
        """As `download`, but what an attempt that broke off has fetched isn't fetched again: it lies in `.<name>.part`.

        Raises:
            ObjectNotFoundError: if there is none.
            IntegrityError: if the content has another size or SHA-256; nothing is left behind.
        """
        files.resume(self._stream(key), self.uri(key), path, sha256=sha256, size=size)

    def fetch(self, key: str, path: Path) -> str:
        """Copy a mutable object, whose content no manifest names, into `path`, and return its ETag.

        Raises:
            ObjectNotFoundError: if there is none.
        """
        with self._general.stream(key) as (chunks, etag), path.open("wb") as file:
            file.writelines(chunks)
        return etag

    def walk(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, by key."""
        for page in self._pages(prefix):
            yield from page.objects

    def folders(self, prefix: str) -> list[str]:
        """The names directly under `prefix` (which ends with a slash), sorted, without slashes."""
        found = (name for page in self._pages(prefix, "/") for name in page.folders)
        return sorted(name.removeprefix(prefix).rstrip("/") for name in found)

    def delete(self, key: str) -> None:
        """Remove an object; removing one that isn't there is no error."""
        self._general.delete(key)

    @property
    def _general(self) -> "GeneralClient":
        with self._connecting:
            if self._client is None:
                from objectstore.s3 import GeneralClient  # noqa: PLC0415

                self._client = GeneralClient(self.settings, self.bucket, self.endpoint)
            return self._client

    def _address(self) -> str:
        if self.settings.store_endpoint:  # always by path
            return f"{self.settings.store_endpoint.rstrip('/')}/{self.bucket}/"
        return self._general.address()

    def _pages(self, prefix: str, delimiter: str = "") -> Iterator[Page]:
        following: str | None = None
        while True:
            page = self._page(prefix, following, delimiter)
            yield page
            if page.following is None:
                return
            following = page.following

    def _page(self, prefix: str, following: str | None, delimiter: str) -> Page:
        answer = self.signed.get(query(prefix, following, delimiter))
        if answer is not None and answer.status == 200:
            try:
                return read_page(answer.data)
            except ValueError:
                pass
        return self._general.page(prefix, following, delimiter)

    def _stream(self, key: str) -> files.Stream:
        @contextmanager
        def stream(start: int) -> Iterator[Iterator[bytes]]:
            with self._general.stream(key, start) as (chunks, _etag):
                yield chunks

        return stream
