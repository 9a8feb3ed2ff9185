"""Lines of progress with the time that is left, often enough that nobody thinks a step has hung."""

import threading
import time

from contracts.steps import say

INTERVAL_S = 5.0
"""Seconds between lines; the step contract asks for one at least every 30 s."""


class Progress:
    """Counts work that several threads do and says how far it is."""

    def __init__(self, what: str, total: int, *, interval_s: float = INTERVAL_S) -> None:
        """Begin counting `what`, a noun phrase such as "images read"."""
        self._what, self._total, self._interval_s = what, total, interval_s
        self._done = 0
        self._started = self._said = time.monotonic()
        self._lock = threading.Lock()

    def advance(self, units: int = 1) -> None:
        with self._lock:
            self._done += units
            now = time.monotonic()
            if self._done < self._total and now - self._said < self._interval_s:
                return
            self._said = now
            elapsed_s, share = now - self._started, self._done / self._total
            left = f", about {elapsed_s / share - elapsed_s:.0f} s left" if self._done < self._total else ""
            say(f"{self._done}/{self._total} {self._what} ({share:.0%}) in {elapsed_s:.0f} s{left}")
