"""Botocore's S3 client, set up for a bucket of ours: retries, large files, and what its errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, NotRequired, TypedDict, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from objectstore.errors import (
    IntegrityError,
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreError,
    StoreUnavailableError,
)
from objectstore.listing import ObjectInfo, Page
from objectstore.settings import StoreSettings

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES = 2**20


class _Condition(TypedDict):
    IfMatch: NotRequired[str]
    IfNoneMatch: NotRequired[str]


def connect(settings: StoreSettings) -> "S3Client":
    """A client, safe to share between threads; nothing is sent yet. It takes 20 MB."""
    client = Session().create_client(
        "s3",
        endpoint_url=settings.store_endpoint,
        region_name=settings.store_region,
        aws_access_key_id=settings.store_access_key,
        aws_secret_access_key=settings.store_secret_key.get_secret_value(),
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 4},
            max_pool_connections=16,
            s3={"addressing_style": "path" if settings.store_endpoint else "auto"},
        ),
    )
    return cast("S3Client", client)


class GeneralClient:
    """Every call that the store makes, in the general way. Safe to share between threads.

    Args:
        settings: of the store.
        bucket: its name.
        endpoint: the server's address, for messages.
    """

    def __init__(self, settings: StoreSettings, bucket: str, endpoint: str) -> None:
        self._s3 = connect(settings)
        self._bucket = bucket
        self._endpoint = endpoint

    def ensure_bucket(self) -> None:
        """Make the bucket if there is none."""
        with self._errors_named(""):
            try:
                self._s3.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if _status_of(error) != 404:
                    raise
                self._s3.create_bucket(Bucket=self._bucket)

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object; None if there is none."""
        try:
            with self._errors_named(key):
                answer = self._s3.head_object(Bucket=self._bucket, Key=key)
        except ObjectNotFoundError:
            return None
        return ObjectInfo(key, answer["ETag"], answer["ContentLength"], answer["LastModified"])

    def get(self, key: str, if_none_match: str | None) -> tuple[bytes, str] | None:
        """An object's content and ETag; None if it still has the ETag `if_none_match`."""
        get = partial(self._s3.get_object, Bucket=self._bucket, Key=key)
        with self._errors_named(key):
            try:
                answer = get() if if_none_match is None else get(IfNoneMatch=if_none_match)
            except ClientError as error:
                if _status_of(error) == 304:
                    return None
                raise
            return answer["Body"].read(), answer["ETag"]

    @contextmanager
    def stream(self, key: str, start: int = 0) -> Iterator[tuple[Iterator[bytes], str]]:
        """An object's content from byte `start` in chunks, and its ETag."""
        with self._errors_named(key):
            get = partial(self._s3.get_object, Bucket=self._bucket, Key=key)
            answer = get(Range=f"bytes={start}-") if start else get()
            body: StreamingBody = answer["Body"]
            yield body.iter_chunks(CHUNK_BYTES), answer["ETag"]

    def put(
        self, key: str, body: bytes | IO[bytes], content_type: str, if_match: str | None, *, if_absent: bool
    ) -> str:
        """Write an object and return its ETag."""
        condition: _Condition = {}
        if if_match is not None:
            condition["IfMatch"] = if_match
        if if_absent:
            condition["IfNoneMatch"] = "*"
        with self._errors_named(key):
            answer = self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type, **condition)
        return answer["ETag"]

    def upload(self, key: str, path: Path) -> None:
        """Write a file's content, a large one in parts."""
        # half of what the client takes to import, for those who only read
        from s3transfer.manager import TransferManager  # noqa: PLC0415

        with self._errors_named(key), TransferManager(self._s3) as transfer:
            transfer.upload(str(path), self._bucket, key).result()

    def page(self, prefix: str, following: str | None, delimiter: str) -> Page:
        """A page of a listing."""
        with self._errors_named(prefix):
            ask = partial(self._s3.list_objects_v2, Bucket=self._bucket, Prefix=prefix, Delimiter=delimiter)
            said = ask() if following is None else ask(ContinuationToken=following)
        return Page(
            tuple(
                ObjectInfo(entry["Key"], entry["ETag"], entry["Size"], entry["LastModified"])
                for entry in said.get("Contents", [])
            ),
            tuple(entry["Prefix"] for entry in said.get("CommonPrefixes", [])),
            said.get("NextContinuationToken"),
        )

    def delete(self, key: str) -> None:
        """Remove an object; removing one that isn't there is no error."""
        with self._errors_named(key):
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def address(self) -> str:
        """Where the bucket is, with a slash at its end."""
        scheme, _, host = self._s3.meta.endpoint_url.partition("://")
        # a certificate for *.s3… doesn't hold for a name with dots in it
        return f"{scheme}://{host}/{self._bucket}/" if "." in self._bucket else f"{scheme}://{self._bucket}.{host}/"

    @contextmanager
    def _errors_named(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise _error_for(error, where=f"s3://{self._bucket}/{key}", endpoint=self._endpoint) from error
        except BotoCoreError as error:
            msg = f"the store at {self._endpoint} can't be reached ({type(error).__name__}); is it running?"
            raise StoreUnavailableError(msg) from error


def _status_of(error: ClientError) -> int:
    """The HTTP status of a refused call; 0 if it had none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _error_for(error: ClientError, *, where: str, endpoint: str) -> StoreError:
    """What a server's refusal of the object `where` means to us."""
    status, code = _status_of(error), error.response.get("Error", {}).get("Code", "unknown error")
    if code == "NoSuchBucket":
        return StoreUnavailableError(f"there is no bucket for {where} at {endpoint}")
    if status == 404:
        return ObjectNotFoundError(f"{where} doesn't exist")
    if status == 416:
        return IntegrityError(f"{where} is shorter than its manifest says")
    if status in {409, 412}:
        return PreconditionFailedError(f"{where} was written by somebody else in the meantime")
    if status in {401, 403}:
        return StoreUnavailableError(f"the store at {endpoint} refuses access to {where} ({code})")
    return StoreUnavailableError(f"the store at {endpoint} failed on {where}: {status} {code}")
