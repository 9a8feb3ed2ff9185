"""A circuit breaker: leaves a host that only fails alone, asks again by one request, and gives up in the end.

Pure: it is told the time. Source: M. Nygard, "Release It!", 2nd edition, chapter 5.
"""

from enum import StrEnum

FAILURES_TO_OPEN = 10
"""So many failures in a row, whatever the addresses, aren't chance."""
FIRST_PAUSE_S = 10.0
"""Doubles each time that the trial request fails."""
MAX_TRIALS = 3
"""After so many failed trial requests, over a minute after the host was left alone, it is taken to be down."""


class Circuit(StrEnum):
    """The breaker's states."""

    CLOSED = "closed"
    """All is well."""
    OPEN = "open"
    """Nothing is asked."""
    HALF_OPEN = "half-open"
    """One request tries whether the host is back."""
    DOWN = "down"
    """Given up for this run."""


class CircuitBreaker:
    """One host's breaker."""

    def __init__(self) -> None:
        self.state = Circuit.CLOSED
        self._until = 0.0
        self._close()

    def wait_s(self, now: float) -> float:
        """Seconds until a request may be made; infinite while a trial is under way."""
        match self.state:
            case Circuit.OPEN:
                return max(self._until - now, 0.0)
            case Circuit.HALF_OPEN:
                return float("inf")
            case _:
                return 0.0

    def started(self) -> None:
        """A request begins; after a pause it is the trial."""
        if self.state is Circuit.OPEN:
            self.state = Circuit.HALF_OPEN

    def answered(self) -> None:
        """The host gave an answer, welcome or not."""
        if self.state is not Circuit.DOWN:
            self._close()

    def failed(self, now: float) -> None:
        """A request got no answer, or one that says "later"."""
        self._failures += 1
        if self.state is Circuit.HALF_OPEN:
            self._trials += 1
            self._pause_s *= 2
            self.state = Circuit.DOWN if self._trials >= MAX_TRIALS else Circuit.OPEN
            self._until = now + self._pause_s
        elif self.state is Circuit.CLOSED and self._failures >= FAILURES_TO_OPEN:
            self.state = Circuit.OPEN
            self._until = now + self._pause_s

    def _close(self) -> None:
        self.state = Circuit.CLOSED
        self._failures = 0
        self._trials = 0
        self._pause_s = FIRST_PAUSE_S
