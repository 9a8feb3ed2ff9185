"""One bucket of any S3 server. Every error it raises is one of ours and names the object."""

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NotRequired, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from contracts.keys import Location
from contracts.manifest import FileEntry
from objectstore.errors import (
    IntegrityError,
    ObjectNotFoundError,
    StoreUnavailableError,
)
from objectstore.listing import ObjectInfo, Page, query, read_page
from objectstore.s3 import connect, error_for, send_file, status_of
from objectstore.settings import StoreSettings
from objectstore.signed import SignedHttp

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's content and the ETag to name it by in a conditional put."""

    body: bytes
    etag: str


class _UnchangedError(Exception):
    """Within this module: there is nothing new to read."""


class _Condition(TypedDict):
    IfMatch: NotRequired[str]
    IfNoneMatch: NotRequired[str]


class ObjectStore:
    """A bucket. Safe to share between threads; make one per process, after forking."""

    def __init__(self, settings: StoreSettings) -> None:
        self.settings = settings
        self.bucket = settings.bucket
        self.endpoint = settings.store_endpoint or "AWS S3"
        self._connecting = threading.Lock()
        self._client: S3Client | None = None

    @cached_property
    def signed(self) -> SignedHttp:
        """A quicker way to the bucket for calls by the thousand."""
        return SignedHttp(self.settings, self._address())

    def uri(self, key: str) -> str:
        """The `s3://` URI of a key in this bucket."""
        return str(Location(self.bucket, key))

    def ensure_bucket(self) -> None:
        """Make the bucket if there is none."""
        with self._errors_named(""):
            try:
                self._s3.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                if status_of(error) != 404:
                    raise
                self._s3.create_bucket(Bucket=self.bucket)

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object without reading it; None if there is none."""
        try:
            with self._errors_named(key):
                answer = self._s3.head_object(Bucket=self.bucket, Key=key)
        except ObjectNotFoundError:
            return None
        return ObjectInfo(key, answer["ETag"], answer["ContentLength"], answer["LastModified"])

    def get(self, key: str) -> StoredObject:
        """Read a whole object, for documents; large files are fetched with `download`.

        Raises:
            ObjectNotFoundError: if there is none.
        """
        if (found := self._quickly(key, None)) is not None:
            return found
        with self._errors_named(key):
            answer = self._s3.get_object(Bucket=self.bucket, Key=key)
            return StoredObject(answer["Body"].read(), answer["ETag"])

    def get_if_changed(self, key: str, etag: str | None) -> StoredObject | None:
        """Read an object unless it still has `etag` (a conditional GET); None if it has.

        Raises:
            ObjectNotFoundError: if there is none.
        """
        if etag is None:
            return self.get(key)
        try:
            if (found := self._quickly(key, etag)) is not None:
                return found
        except _UnchangedError:
            return None
        with self._errors_named(key):
            try:
                answer = self._s3.get_object(Bucket=self.bucket, Key=key, IfNoneMatch=etag)
            except ClientError as error:
                if status_of(error) == 304:
                    return None
                raise
            return StoredObject(answer["Body"].read(), answer["ETag"])

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
        condition: _Condition = {}
        if if_match is not None:
            condition["IfMatch"] = if_match
        if if_absent:
            condition["IfNoneMatch"] = "*"
        with self._errors_named(key):
            answer = self._s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, **condition)
        return answer["ETag"]

    def upload(self, key: str, path: Path) -> FileEntry:
        """Write a file's content; the entry's `path` is the file's name."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        with self._errors_named(key):
            send_file(self._s3, path, self.bucket, key)
        return FileEntry(path=path.name, sha256=digest, size=path.stat().st_size)

    def download(self, key: str, path: Path, *, sha256: str, size: int) -> None:
        """Fetch an object into `path`, which appears only once its content was verified and is on the disk.

        Raises:
            ObjectNotFoundError: if there is none.
            IntegrityError: if the content has another size or SHA-256; nothing is left behind.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        unverified = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                seen, digest = self._copy(key, file, size)
                file.flush()
                os.fsync(file.fileno())
            if (seen, digest) != (size, sha256):
                msg = f"{self.uri(key)}: expected {size} bytes with SHA-256 {sha256}, got {seen} with {digest}"
                raise IntegrityError(msg)
            unverified.replace(path)
        finally:
            unverified.unlink(missing_ok=True)

    def resume(self, key: str, path: Path, *, sha256: str, size: int) -> None:
        """As `download`, but what an attempt that broke off has fetched isn't fetched again: it lies in `.<name>.part`.

        Raises:
            ObjectNotFoundError: if there is none.
            IntegrityError: if the content has another size or SHA-256; nothing is left behind.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        unverified = path.with_name(f".{path.name}.part")
        resumed = unverified.exists()
        try:
            with unverified.open("a+b") as file:
                file.seek(0)
                hasher = hashlib.file_digest(file, "sha256")
                seen, digest = self._copy(key, file, size, start=file.tell(), hasher=hasher)
                file.flush()
                os.fsync(file.fileno())
            if (seen, digest) != (size, sha256):
                msg = f"{self.uri(key)}: expected {size} bytes with SHA-256 {sha256}, got {seen} with {digest}"
                raise IntegrityError(msg)
        except (IntegrityError, ObjectNotFoundError):
            unverified.unlink()
            if not resumed:
                raise
            # what was there may have been the fault
            self.resume(key, path, sha256=sha256, size=size)
            return
        unverified.replace(path)

    def fetch(self, key: str, path: Path) -> str:
        """Copy a mutable object, whose content no manifest names, into `path`, and return its ETag.

        Raises:
            ObjectNotFoundError: if there is none.
        """
        with self._errors_named(key), path.open("wb") as file:
            answer = self._s3.get_object(Bucket=self.bucket, Key=key)
            for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                file.write(chunk)
        return answer["ETag"]

    def walk(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, by key."""
        following: str | None = None
        while True:
            page = self._page(prefix, following)
            yield from page.objects
            if page.following is None:
                return
            following = page.following

    def folders(self, prefix: str) -> list[str]:
        """The names directly under `prefix` (which ends with a slash), sorted, without slashes."""
        names: list[str] = []
        with self._errors_named(prefix):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
            for page in pages:
                found = (entry["Prefix"] for entry in page.get("CommonPrefixes", []))
                names.extend(name.removeprefix(prefix).rstrip("/") for name in found)
        return sorted(names)

    def delete(self, key: str) -> None:
        """Remove an object; removing one that isn't there is no error."""
        with self._errors_named(key):
            self._s3.delete_object(Bucket=self.bucket, Key=key)

    @property
    def _s3(self) -> "S3Client":
        """The general client, made when it is first needed: many only ever read."""
        with self._connecting:
            if self._client is None:
                self._client = connect(self.settings)
            return self._client

    def _quickly(self, key: str, etag: str | None) -> StoredObject | None:
        """An object without the general client; None where that has to be asked.

        Raises:
            ObjectNotFoundError: if there is none.
            _UnchangedError: if it still has `etag`.
        """
        answer = self.signed.read(key, {} if etag is None else {"If-None-Match": etag})
        if answer is None:
            return None
        if answer.status == 304:
            raise _UnchangedError
        if answer.status == 404 and b"<Code>NoSuchKey</Code>" in answer.data:
            raise ObjectNotFoundError(f"{self.uri(key)} doesn't exist")
        return StoredObject(answer.data, answer.headers["ETag"]) if answer.status == 200 else None

    def _address(self) -> str:
        if self.settings.store_endpoint:  # always by path
            return f"{self.settings.store_endpoint.rstrip('/')}/{self.bucket}/"
        signed = self._s3.generate_presigned_url("put_object", Params={"Bucket": self.bucket, "Key": "-"})
        return signed.partition("?")[0].removesuffix("-")

    def _page(self, prefix: str, following: str | None) -> Page:
        answer = self.signed.get(query(prefix, following))
        if answer is not None and answer.status == 200:
            try:
                return read_page(answer.data)
            except ValueError:
                pass
        # the general client retries, and knows what to call an error
        with self._errors_named(prefix):
            ask = partial(self._s3.list_objects_v2, Bucket=self.bucket, Prefix=prefix)
            said = ask() if following is None else ask(ContinuationToken=following)
        objects = (
            ObjectInfo(entry["Key"], entry["ETag"], entry["Size"], entry["LastModified"])
            for entry in said.get("Contents", [])
        )
        return Page(tuple(objects), said.get("NextContinuationToken"))

    def _copy(
        self, key: str, file: Any, size: int, *, start: int = 0, hasher: "hashlib._Hash | None" = None
    ) -> tuple[int, str]:
        """Append what follows byte `start` to `file`, of which `hasher` knows the rest; returns size and SHA-256."""
        hasher, seen = hasher or hashlib.sha256(), start
        if start >= size > 0:
            return seen, hasher.hexdigest()
        with self._errors_named(key):
            get = partial(self._s3.get_object, Bucket=self.bucket, Key=key)
            body = (get(Range=f"bytes={start}-") if start else get())["Body"]
            for chunk in body.iter_chunks(CHUNK_BYTES):
                seen += len(chunk)
                if seen > size:
                    break
                hasher.update(chunk)
                file.write(chunk)
        return seen, hasher.hexdigest()

    @contextmanager
    def _errors_named(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise error_for(error, where=self.uri(key), endpoint=self.endpoint) from error
        except BotoCoreError as error:
            msg = f"the store at {self.endpoint} can't be reached ({type(error).__name__}); is it running?"
            raise StoreUnavailableError(msg) from error
