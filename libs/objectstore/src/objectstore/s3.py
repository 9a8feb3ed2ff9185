"""Botocore's S3 client, set up for a bucket of ours, and what its errors mean."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from objectstore.errors import (
    IntegrityError,
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreError,
    StoreUnavailableError,
)
from objectstore.settings import StoreSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def connect(settings: StoreSettings) -> "S3Client":
    """A client, safe to share between threads; nothing is sent yet. It takes 20 MB."""
    # ruff: noqa: PLC0415
    from botocore.config import Config
    from botocore.session import Session

    session = Session()
    # the usual parser tries every way of writing a date, which is most of the time that a listing takes
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
    client = session.create_client(
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


def send_file(client: "S3Client", path: Path, bucket: str, key: str) -> None:
    """Upload a file, a large one in parts.

    Raises:
        BotoCoreError: if it can't be sent.
        ClientError: if the server refuses it.
    """
    # half of what the client takes to import, for those who only read
    from s3transfer.manager import TransferManager

    with TransferManager(client) as transfer:
        transfer.upload(str(path), bucket, key).result()


def status_of(error: ClientError) -> int:
    """The HTTP status of a refused call; 0 if it had none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def error_for(error: ClientError, *, where: str, endpoint: str) -> StoreError:
    """One of ours for a refused call.

    Args:
        error: the client's.
        where: the object's URI.
        endpoint: the server's address.
    """
    status, code = status_of(error), error.response.get("Error", {}).get("Code", "unknown error")
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


def _timestamp(value: str) -> datetime:
    """ISO 8601 quickly, anything else as botocore does."""
    try:
        return datetime.fromisoformat(value)
    except (ValueError, TypeError):
        from botocore.utils import parse_timestamp

        return parse_timestamp(value)
