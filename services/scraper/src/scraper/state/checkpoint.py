"""Keeps a source's state on this machine and in the store, for one writer at a time.

The file here is written all the time and survives a kill; the object in the store is a copy of it from time to time,
and what another machine goes on from. Each put names the copy that it follows, so two writers can't lose each
other's work: the second one fails.
"""

import fcntl
import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts import keys
from contracts.steps import say
from objectstore import ObjectNotFoundError, ObjectStore, PreconditionFailedError
from scraper.errors import AnotherScraperError
from scraper.state.database import VERSION, State


class StateKeeper:
    """The two places of one source's state."""

    def __init__(self, store: ObjectStore, source: str, cache: Path) -> None:
        self._store = store
        self._source = source
        self._key = keys.source_state(source)
        where = hashlib.sha256(f"{store.endpoint}\n{store.uri(self._key)}".encode()).hexdigest()[:16]
        self.path = cache.expanduser() / "scraper" / f"{source}-{where}.sqlite"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only one on this machine; raises AnotherScraperError if somebody else is."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise self._another() from error
            yield

    def open(self) -> State:
        """The state to go on from: this machine's if it follows the store's copy, otherwise that copy, or a new one."""
        head = self._store.head(self._key)
        state = self._here()
        if state is not None:
            if state.value("etag") == (head.etag if head else None):
                return state
            state.close()
        self._remove()
        if head is not None:
            try:
                etag = self._store.fetch(self._key, self.path)
            except ObjectNotFoundError:
                return State(self.path)
            state = self._here()
            if state is None:
                say(f"{self._store.uri(self._key)} is damaged; going on from the last snapshot")
                self._remove()
                state = State(self.path)
            state.set_value("etag", etag)
            return state
        return State(self.path)

    def save(self, follows: str | None) -> str:
        """Copy what is committed into the store and return the copy's ETag. Safe beside the writer.

        `follows` is the ETag of the copy before, None for the first one. Raises AnotherScraperError if the store's copy
        is another one.
        """
        with tempfile.TemporaryDirectory(dir=self.path.parent) as folder:
            copy = Path(folder, "state.sqlite")
            database = sqlite3.connect(self.path)
            try:
                database.execute("VACUUM INTO ?", (str(copy),))
            finally:
                database.close()
            try:
                with copy.open("rb") as file:
                    return self._store.put(self._key, file, if_match=follows, if_absent=follows is None)
            except (PreconditionFailedError, ObjectNotFoundError) as error:
                raise self._another() from error

    def _here(self) -> State | None:
        """This machine's state; None if there is none that can be read."""
        if not self.path.exists():
            return None
        try:
            state = State(self.path)
            if state.is_sound() and state.value("version") == VERSION:
                return state
            state.close()
        except sqlite3.DatabaseError:
            pass
        return None

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def _another(self) -> AnotherScraperError:
        msg = (
            f"another scraper works on source {self._source!r} (its state {self._store.uri(self._key)} changed or is "
            "locked); wait until it has ended. Nothing was published by this one"
        )
        return AnotherScraperError(msg)
