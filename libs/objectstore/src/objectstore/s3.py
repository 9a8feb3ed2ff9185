"""obstore's S3 client, set up for a bucket of ours, and what its errors mean.

obstore is written in Rust and runs its requests on threads of its own. It doesn't survive a fork, and a call doesn't
see signals; `interruptible` lets a signal end the wait for one.
"""

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from obstore.exceptions import AlreadyExistsError, PermissionDeniedError, PreconditionError, UnauthenticatedError
from obstore.store import S3Store
from pydantic import SecretStr

from objectstore.errors import (
    IntegrityError,
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreError,
    StoreUnavailableError,
)
from runtime import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential

CONNECT_TIMEOUT = timedelta(seconds=5)
READ_TIMEOUT = timedelta(seconds=60)
"""Without a byte from the store. A request's own body counts, so that much may be sent in this time at most."""
REQUEST_TIMEOUT = timedelta(days=1)
"""For a whole object, however large."""
RETRIES: "RetryConfig" = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=500), "max_backoff": timedelta(seconds=4), "base": 2},
}
"""For a broken connection and for what the store says is its own fault; a put isn't repeated after a timeout."""

STATUS = re.compile(r"status code: (\d{3})")
CODE = re.compile(r"<Code>(\w+)</Code>")

T = TypeVar("T")


class StoreSettings(Settings):
    """Read from `ACNEFLOW_BUCKET` and `ACNEFLOW_STORE_*`, or files; credentials have no default."""

    bucket: str = "acneflow"
    store_endpoint: str | None = None
    """Address of an S3 server; None is AWS itself."""
    store_region: str = "us-east-1"
    store_access_key: str
    store_secret_key: SecretStr


def connect(settings: StoreSettings) -> S3Store:
    """A client, safe to share between threads; nothing is sent yet."""
    local = bool(settings.store_endpoint)
    options: ClientConfig = {
        "connect_timeout": CONNECT_TIMEOUT,
        "read_timeout": READ_TIMEOUT,
        "timeout": REQUEST_TIMEOUT,
    }
    if settings.store_endpoint and settings.store_endpoint.startswith("http:"):
        # a store without TLS is on this machine or its network, where no proxy leads, whatever the environment says
        options |= {
            "allow_http": True,
            "proxy_url": settings.store_endpoint,
            "proxy_excludes": urlsplit(settings.store_endpoint).hostname or "",
        }
    config: S3Config = {
        "region": settings.store_region,
        # a certificate for *.s3… doesn't hold for a name with dots in it
        "virtual_hosted_style_request": not local and "." not in settings.bucket,
        # not every server knows the call that deletes many objects
        "disable_bulk_delete": True,
    }
    if settings.store_endpoint:
        config["endpoint"] = settings.store_endpoint.rstrip("/")
    credential: S3Credential = {
        "access_key_id": settings.store_access_key,
        "secret_access_key": settings.store_secret_key.get_secret_value(),
        # an AWS_SESSION_TOKEN in the environment belongs to other keys
        "token": None,
        "expires_at": None,
    }
    return S3Store(
        settings.bucket,
        config=config,
        client_options=options,
        retry_config=RETRIES,
        credential_provider=lambda: credential,
    )


def interruptible(call: Callable[[], T]) -> T:
    """Run a call so that Ctrl-C or SIGTERM is handled at once, although the call goes on until its timeout."""
    if threading.current_thread() is not threading.main_thread():
        return call()  # signals are handled in the main thread
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer.result()


def error_for(error: Exception, *, where: str, endpoint: str) -> StoreError:
    """What a failed call on the object `where` means to us."""
    text = str(error)
    found, named = STATUS.search(text), CODE.search(text)
    return refusal_for(
        _status_by_type(error) or (int(found[1]) if found else 0),
        named[1] if named else "",
        where=where,
        endpoint=endpoint,
    )


def refusal_for(status: int, code: str, *, where: str, endpoint: str) -> StoreError:
    """What an answer about the object `where` means to us.

    `status` is HTTP's, 0 if no answer came; `code` is S3's name for the error, empty if it gave none.
    """
    match status, code:
        case 0, _:
            refusal = f"the store at {endpoint} can't be reached; is it running?"
        case _, "NoSuchBucket":
            refusal = f"there is no bucket for {where} at {endpoint}"
        case 404, _:
            return ObjectNotFoundError(f"{where} doesn't exist")
        case 416, _:
            return IntegrityError(f"{where} is shorter than its manifest says")
        case 409 | 412, _:
            return PreconditionFailedError(f"{where} was written by somebody else in the meantime")
        case 401 | 403, _:
            refusal = f"the store at {endpoint} refuses access to {where} ({code or status})"
        case _:
            refusal = f"the store at {endpoint} failed on {where}: {status} {code}".rstrip()
    return StoreUnavailableError(refusal)


def _status_by_type(error: Exception) -> int:
    match error:
        case FileNotFoundError():
            return 404
        case AlreadyExistsError() | PreconditionError():
            return 412
        case PermissionDeniedError() | UnauthenticatedError():
            return 403
    return 0
