"""A circuit breaker: leaves a server that only fails alone, asks again by one request, and may give up in the end.

Pure: it is told the time, in seconds of a monotonic clock. Source: M. Nygard, "Release It!", 2nd edition, chapter 5.
"""

from enum import StrEnum


class Circuit(StrEnum):
    """The breaker's states."""

    CLOSED = "closed"
    """All is well."""
    OPEN = "open"
    """Nothing is asked."""
    HALF_OPEN = "half_open"
    """One request, the trial, finds out whether the server is back."""
    DOWN = "down"
    """Given up for good."""


class CircuitBreaker:
    """One server's breaker.

    Args:
        failures_to_open: so many failures in a row aren't chance.
        pause_s: how long nothing is asked then.
        growth: by which the pause grows each time that a trial fails.
        max_trials: after so many failed trials the server is taken to be down; None goes on for ever.
    """

    def __init__(
        self, *, failures_to_open: int, pause_s: float, growth: float = 1.0, max_trials: int | None = None
    ) -> None:
        self.state = Circuit.CLOSED
        self._failures_to_open = failures_to_open
        self._first_pause_s = pause_s
        self._growth = growth
        self._max_trials = max_trials
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

    def started(self) -> bool:
        """A request begins, which `wait_s` allowed. Returns whether it is the trial after a pause."""
        if self.state is Circuit.OPEN:
            self.state = Circuit.HALF_OPEN
            return True
        return False

    def answered(self) -> None:
        """The server gave an answer, welcome or not."""
        if self.state is not Circuit.DOWN:
            self._close()

    def failed(self, now: float) -> None:
        """A request got no answer, or one that says "later"."""
        self._failures += 1
        if self.state is Circuit.HALF_OPEN:
            self._trials += 1
            self._pause_s *= self._growth
            given_up = self._max_trials is not None and self._trials >= self._max_trials
            self.state = Circuit.DOWN if given_up else Circuit.OPEN
            self._until = now + self._pause_s
        elif self.state is Circuit.CLOSED and self._failures >= self._failures_to_open:
            self.state = Circuit.OPEN
            self._until = now + self._pause_s

    def abandoned(self, now: float) -> None:
        """The trial ended without saying anything about the server: the next request may be one."""
        if self.state is Circuit.HALF_OPEN:
            self.state = Circuit.OPEN
            self._until = now

    def _close(self) -> None:
        self.state = Circuit.CLOSED
        self._failures = 0
        self._trials = 0
        self._pause_s = self._first_pause_s
