"""What both clients agree on: when a call is tried again, after how long, and which error is raised otherwise."""

from typing import Any

import httpx

from acneflow_client.calls import Call
from acneflow_client.errors import (
    ClientError,
    GatewayUnreachableError,
    TemporarilyUnavailableError,
    problem_error,
)

DEFAULT_TIMEOUT_S = 30.0
"""Longer than the gateway's own deadline, so that its word on a slow model server arrives."""
DEFAULT_PATIENCE_S = 10.0
"""How long a call may wait in all for a gateway that says when to come again."""
PATIENCE_S = 60.0
"""How long a gateway or Airflow may be away while a run is followed (both may be restarted meanwhile)."""


def headers(api_key: str | None) -> dict[str, str]:
    """Sent with every call."""
    return {} if api_key is None else {"Authorization": f"Bearer {api_key}"}


def unreachable(base_url: str, error: Exception) -> ClientError:
    """What httpx raised, in our words."""
    if isinstance(error, httpx.TimeoutException):
        return GatewayUnreachableError(f"the gateway at {base_url} didn't answer in time")
    return GatewayUnreachableError(f"the gateway at {base_url} can't be reached; is it running?")


def refused(answer: httpx.Response) -> ClientError:
    """The error that an answer stands for."""
    return problem_error(answer.status_code, answer.content, answer.headers.get("Retry-After"))


def pause_s(call: Call[Any], error: ClientError, *, waited_s: float, patience_s: float) -> float | None:
    """Seconds until a call should be sent again; None if it shouldn't.

    Only what the gateway itself asks to be sent again is: an answer with Retry-After says that nothing was done.
    """
    if not call.waits or not isinstance(error, TemporarilyUnavailableError) or error.retry_after_s is None:
        return None
    return error.retry_after_s if waited_s + error.retry_after_s <= patience_s else None
