"""Stops asking a model server that doesn't answer, and finds out when it does again.

Closed: everything passes. After `FAILURES` failures in a row it opens: nothing passes, so that requests fail at once
instead of waiting each for itself. After `PAUSE_S` it is half-open: one request at a time passes as a probe; the first
that succeeds closes it, one that fails opens it again.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from gateway.http.errors import GatewayError, ModelServerAwayError, ModelServerFailedError, TooSlowError

FAILURES = 5
PAUSE_S = 1.0
PATIENT_S = 1.0
"""Only a call that was given at least this long says something about the server by taking too long."""


class State(StrEnum):
    """What passes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Guards the calls to one server."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> State:
        """What passes now."""
        if self._opened_at is None:
            return State.CLOSED
        return State.OPEN if self._clock() - self._opened_at < PAUSE_S else State.HALF_OPEN

    @contextmanager
    def guard(self, *, timeout_s: float) -> Iterator[None]:
        """Around one call that may take `timeout_s`.

        Raises:
            ModelServerAwayError: instead of the call, if it may not pass.
        """
        probe = self._admit()
        try:
            yield
        except GatewayError as error:
            if _blames_the_server(error, timeout_s):
                self._failed()
            else:
                self._succeeded()
            raise
        else:
            self._succeeded()
        finally:
            if probe:
                self._probing = False

    def _admit(self) -> bool:
        """Whether this call is a probe."""
        state = self.state
        if state is State.CLOSED:
            return False
        if state is State.OPEN or self._probing:
            raise ModelServerAwayError(
                "The model server has failed several times in a row; it is asked again in a moment.",
                reason="circuit_open",
                retry_after_s=max(1, round(PAUSE_S)),
            )
        self._probing = True
        return True

    def _failed(self) -> None:
        self._failures += 1
        if self._opened_at is not None or self._failures >= FAILURES:
            self._opened_at = self._clock()

    def _succeeded(self) -> None:
        """Whatever the answer was, there was one."""
        self._failures = 0
        self._opened_at = None


def _blames_the_server(error: GatewayError, timeout_s: float) -> bool:
    if isinstance(error, TooSlowError):
        return timeout_s >= PATIENT_S
    return isinstance(error, ModelServerAwayError | ModelServerFailedError)
