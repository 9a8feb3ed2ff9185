"""What both clients agree on: what a call is, when it is tried again and after how long, and which error is raised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from acneflow_client.errors import (
    ClientError,
    GatewayUnreachableError,
    TemporarilyUnavailableError,
    UnexpectedAnswerError,
    problem_error,
)
from contracts.api.predict import BatchItem

T = TypeVar("T")

DEFAULT_TIMEOUT_S = 30.0
"""Longer than the gateway's own deadline, so that its word on a slow model server arrives."""
DEFAULT_PATIENCE_S = 10.0
"""How long a call may wait in all for a gateway that says when to come again."""
PATIENCE_S = 60.0
"""How long a gateway or Airflow may be away while a run is followed (both may be restarted meanwhile)."""
BATCH_PATH = "/v1/predict/batch"
NDJSON_TYPE = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer becomes a value."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    """Those that are None aren't sent."""
    json: Any = None
    data: Mapping[str, str] | None = None
    files: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    waits: bool = True
    """Whether a 429 or 503 is waited out; not where the state of things is what is asked for."""

    def options(self) -> dict[str, Any]:
        """For httpx' `request`."""
        params = {name: value for name, value in self.params.items() if value is not None}
        given = {"params": params, "json": self.json, "data": self.data, "files": self.files}
        return {"headers": dict(self.headers)} | {name: value for name, value in given.items() if value}

    def pause_s(self, error: ClientError, *, waited_s: float, patience_s: float) -> float | None:
        """Seconds until this call should be sent again; None if it shouldn't.

        Only what the gateway itself asks to be sent again is: an answer with Retry-After says that nothing was done.
        """
        if not self.waits or not isinstance(error, TemporarilyUnavailableError) or error.retry_after_s is None:
            return None
        return error.retry_after_s if waited_s + error.retry_after_s <= patience_s else None


def document(kind: type[T]) -> Callable[[httpx.Response], T]:
    """A reader of JSON answers; fields that a newer gateway adds are passed over."""

    def read(answer: httpx.Response) -> T:
        try:
            return TypeAdapter(kind).validate_json(answer.content, extra="ignore")
        except ValidationError as error:
            msg = f"{answer.url} answered something that is no {kind.__name__}; is it of the same release?"
            raise UnexpectedAnswerError(msg) from error

    return read


def text(answer: httpx.Response) -> str:
    """A reader of pages."""
    return answer.text


def raw(answer: httpx.Response) -> bytes:
    """A reader of pictures."""
    return answer.content


def headers(api_key: str | None) -> dict[str, str]:
    """Sent with every call."""
    return {} if api_key is None else {"Authorization": f"Bearer {api_key}"}


def unreachable(base_url: str, error: Exception) -> ClientError:
    """What httpx raised, as an error of ours."""
    if isinstance(error, httpx.TimeoutException):
        return GatewayUnreachableError(f"the gateway at {base_url} didn't answer in time")
    return GatewayUnreachableError(f"the gateway at {base_url} can't be reached; is it running?")


def error_of(answer: httpx.Response) -> ClientError:
    """The error that an answer stands for."""
    return problem_error(answer.status_code, answer.content, answer.headers.get("Retry-After"))


def batch_options(photos: Mapping[str, bytes] | bytes, *, top_k: int) -> dict[str, Any]:
    """For httpx' `stream`: photos by name as a form, or a ZIP of photos as it is."""
    if isinstance(photos, bytes):
        body: dict[str, Any] = {"content": photos, "headers": {"Content-Type": "application/zip"}}
    else:
        body = {"files": [("images", (name, data)) for name, data in photos.items()], "headers": {}}
    return {**body, "params": {"top_k": top_k}, "headers": {**body["headers"], "Accept": NDJSON_TYPE}}


def batch_size(answer: httpx.Response) -> int:
    """How many photos the gateway found."""
    count = answer.headers.get("X-Batch-Items", "")
    return int(count) if count.isdecimal() else 0


def batch_item(line: str) -> BatchItem:
    """One line of the stream."""
    try:
        return BatchItem.model_validate_json(line, extra="ignore")
    except ValidationError as error:
        msg = f"{BATCH_PATH} answered a line that is no BatchItem; is the gateway of the same release?"
        raise UnexpectedAnswerError(msg) from error
