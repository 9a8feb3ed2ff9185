"""One download at a time, in the background, so that a rollback never waits behind a new version."""

import threading
import time
from collections.abc import Callable

RETRY_AFTER_S = 5.0
"""How long a version that can't be fetched just now is left alone."""


class Downloads:
    """Runs `fetch(version)` on a thread of its own. The thread dies with the process: what it leaves is swept later."""

    def __init__(self, fetch: Callable[[int], None]) -> None:
        self._fetch = fetch
        self._thread: threading.Thread | None = None
        self._version = 0
        self._error: Exception | None = None
        self._not_before: dict[int, float] = {}

    def start(self, versions: tuple[int, ...]) -> None:
        """Begin with the first version that may be tried, unless a download is under way."""
        now = time.monotonic()
        due = [version for version in versions if self._not_before.get(version, now) <= now]
        if self._thread is not None or not due:
            return
        self._version, self._error = due[0], None
        self._thread = threading.Thread(target=self._run, name=f"fetch-{due[0]}", daemon=True)
        self._thread.start()

    def finished(self) -> tuple[int, Exception | None] | None:
        """The version whose download has just ended, with what went wrong; None if none has."""
        if self._thread is None or self._thread.is_alive():
            return None
        self._thread = None
        return self._version, self._error

    def postpone(self, version: int) -> None:
        """Leave a version alone for a while, because what stands in its way may pass."""
        self._not_before[version] = time.monotonic() + RETRY_AFTER_S

    @property
    def running(self) -> bool:
        """Whether a download is under way."""
        return self._thread is not None

    def _run(self) -> None:
        try:
            self._fetch(self._version)
        except Exception as error:
            self._error = error
