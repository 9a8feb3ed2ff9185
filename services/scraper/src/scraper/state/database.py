"""What a source's scrapes remember, in one SQLite database: the frontier, what each address held, what was published.

One thread writes. What is committed survives a kill; what isn't yet is done again and comes out the same.
"""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from contracts.snapshot import SnapshotManifest
from scraper.crawl.acceptance import AcceptedImage
from scraper.http.caching import Validators
from scraper.sources.protocol import Batch, Candidate, Section, host_of

COMMIT_EVERY_S = 0.05
"""As much work as a kill may cost."""
VERSION = "1"

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sections (
    position INTEGER PRIMARY KEY, label TEXT NOT NULL, address TEXT NOT NULL,
    resume_at TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sightings (
    url TEXT NOT NULL, page TEXT, label TEXT NOT NULL, "group" TEXT, licence TEXT, skin_tone INTEGER,
    fitzpatrick INTEGER, reason TEXT);
CREATE TABLE IF NOT EXISTS pending (
    position INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, url TEXT NOT NULL UNIQUE);
CREATE INDEX IF NOT EXISTS pending_of_host ON pending (host, position);
CREATE TABLE IF NOT EXISTS addresses (
    url TEXT PRIMARY KEY, settled INTEGER NOT NULL, fresh_until REAL NOT NULL DEFAULT 0, reason TEXT,
    sha256 TEXT, key TEXT, size INTEGER, width INTEGER, height INTEGER,
    etag TEXT, last_modified TEXT, fetched_at TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS published (
    url TEXT NOT NULL, label TEXT NOT NULL, "group" TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TEMP TABLE present (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_LEARNABLE = "SELECT {} FROM sightings s JOIN addresses a ON a.url = s.url WHERE s.reason IS NULL AND a.reason IS NULL"
"""Sightings of usable images with what their addresses hold."""


class Pending(NamedTuple):
    """An address to look at; positions grow in the order of discovery."""

    position: int
    url: str


@dataclass(frozen=True, slots=True)
class Known:
    """What an address held when it was last looked at."""

    validators: Validators
    image: AcceptedImage | None
    reason: str | None
    """Why it was refused, if it was."""
    present: bool
    """Whether nothing of it is missing in the store."""


class Sightings:
    """What the scrape under way has seen, as a snapshot will say it, and what the last snapshot had.

    Rows come one by one: a large scrape takes no more memory than a small one.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def remember(self) -> None:
        """Keep what was seen as what the last snapshot says."""
        self._db.execute("DELETE FROM published")
        self._db.execute("INSERT INTO published " + _LEARNABLE.format('s.url, s.label, s."group", a.sha256'))

    def images(self) -> Iterator[sqlite3.Row]:
        """Every sighting of a usable image, in an order that doesn't depend on which came first."""
        columns = (
            'a.sha256, a.key, a.size, a.width, a.height, s.label, s."group", s.url, s.page, s.licence, s.skin_tone, '
            "s.fitzpatrick, a.etag, a.last_modified, a.fetched_at"
        )
        yield from self._rows(_LEARNABLE.format(columns) + " ORDER BY 6, 7, 8, coalesce(s.page, '')")

    def refusals(self) -> Iterator[sqlite3.Row]:
        """Every sighting of what was refused, likewise."""
        yield from self._rows(
            "SELECT s.url, s.page, s.label, coalesce(s.reason, a.reason) AS reason, a.etag, a.last_modified "
            "FROM sightings s LEFT JOIN addresses a ON a.url = s.url AND s.reason IS NULL "
            "WHERE coalesce(s.reason, a.reason) IS NOT NULL ORDER BY s.label, s.url, coalesce(s.page, '')"
        )

    def counts(self) -> Counter[str]:
        """Usable sightings by class."""
        return Counter(dict(self._db.execute(_LEARNABLE.format("s.label, count(*)") + " GROUP BY s.label").fetchall()))

    def refusal_counts(self) -> Counter[str]:
        return Counter(row["reason"] for row in self.refusals())

    def published_images(self) -> Iterator[tuple[str, str]]:
        """URL and label of every image of the last snapshot."""
        yield from self._db.execute("SELECT url, label FROM published")

    def says_the_same(self) -> bool:
        """Whether the scrape has the content, labels and groups of the last snapshot, and no others."""
        new = _LEARNABLE.format('a.sha256, s.label, s."group"')
        old = 'SELECT sha256, label, "group" FROM published'
        return not any(
            self._db.execute(f"SELECT 1 FROM ({one} EXCEPT {other}) LIMIT 1").fetchone()  # noqa: S608
            for one, other in ((new, old), (old, new))
        )

    def _rows(self, query: str) -> Iterator[sqlite3.Row]:
        cursor = self._db.cursor()
        cursor.row_factory = sqlite3.Row
        yield from cursor.execute(query)


class State:
    """One source's memory; the database is made if it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # one thread at a time, not always the same one
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA temp_store = FILE")
        self._db.executescript(SCHEMA)
        self.sightings = Sightings(self._db)
        if self.value("version") is None:
            self.set_value("version", VERSION)
        self._last_commit = time.monotonic()
        self.number = int(self.value("scrape") or "0")

    def close(self) -> None:
        self._db.commit()
        self._db.close()

    def is_sound(self) -> bool:
        return bool(self._db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")

    # what a scrape is

    def begin(self, identity: str, sections: Sequence[Section]) -> None:
        """Start a scrape; whatever another one left unfinished is forgotten, and what addresses held is not."""
        self.number += 1
        self.set_value("scrape", str(self.number))
        self.set_value("identity", identity)
        self.set_value("begun_at", str(time.time()))
        for table in ("sections", "sightings", "pending"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        self._db.executemany(
            "INSERT INTO sections (label, address) VALUES (?, ?)", [(s.label, s.address) for s in sections]
        )
        self._db.commit()

    def under_way(self, identity: str, *, max_age_s: float) -> bool:
        """Whether a scrape of this identity was begun, not long ago, and has neither ended nor been forgotten."""
        age = time.time() - float(self.value("begun_at") or "0")
        return self.value("identity") == identity and 0 <= age <= max_age_s

    def end(self, uri: str, classes: str, *, published: bool) -> None:
        """The scrape is over; addresses that it didn't see are forgotten."""
        self._db.execute("DELETE FROM addresses WHERE settled <> ?", (self.number,))
        self.set_value("identity", "")
        self.set_value("snapshot", uri)
        if published:
            self.set_value("classes", classes)
            self.sightings.remember()
        self._db.commit()

    # the frontier

    def open_sections(self) -> list[tuple[int, Section, str]]:
        """Those that weren't read to their end: position, section, where to go on."""
        rows = self._db.execute(
            "SELECT position, label, address, resume_at FROM sections WHERE NOT done ORDER BY position"
        )
        return [(position, Section(label, address), resume_at) for position, label, address, resume_at in rows]

    def close_section(self, position: int) -> None:
        self._db.execute("UPDATE sections SET done = 1 WHERE position = ?", (position,))
        self._db.commit()

    def add_found(self, position: int, batch: Batch, *, now: float) -> tuple[set[str], int, int]:
        """Take what a section's batch points to into the frontier.

        Addresses that are settled in this scrape aren't looked at again, and those aren't asked for whose server
        promised that they wouldn't change before `now` (seconds since the epoch).

        Returns:
            Hosts with new addresses, how many addresses are new to the frontier, and how many are fresh images.
        """
        rows = [
            (each.url, each.page, each.label, each.group, each.licence, each.skin_tone, each.fitzpatrick, None)
            if isinstance(each, Candidate)
            else (each.url, each.page, each.label, None, None, None, None, each.reason)
            for each in batch.found
        ]
        urls = json.dumps([each.url for each in batch.found if isinstance(each, Candidate)])
        fresh = self._db.execute(
            "UPDATE addresses SET settled = ? WHERE url IN (SELECT value FROM json_each(?)) AND settled <> ? "
            "AND fresh_until > ? AND reason IS NULL AND key IN present",
            (self.number, urls, self.number, now),
        ).rowcount
        unsettled = self._db.execute(
            "SELECT DISTINCT value FROM json_each(?) WHERE value NOT IN "
            "(SELECT url FROM addresses WHERE url IN (SELECT value FROM json_each(?)) AND settled = ?)",
            (urls, urls, self.number),
        ).fetchall()
        hosts: set[str] = set()
        new = 0
        for (url,) in unsettled:
            host = host_of(url)
            added = self._db.execute("INSERT OR IGNORE INTO pending (host, url) VALUES (?, ?)", (host, url))
            if added.rowcount:
                hosts.add(host)
                new += 1
        self._db.executemany("INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("UPDATE sections SET resume_at = ? WHERE position = ?", (batch.resume_at, position))
        self._db.commit()
        return hosts, new, fresh

    def hosts(self) -> list[str]:
        return [host for (host,) in self._db.execute("SELECT DISTINCT host FROM pending")]

    def pending(self, host: str, *, after: int, limit: int) -> list[Pending]:
        rows = self._db.execute(
            "SELECT position, url FROM pending WHERE host = ? AND position > ? ORDER BY position LIMIT ?",
            (host, after, limit),
        )
        return [Pending(*row) for row in rows]

    def sighting_count(self, label: str) -> int:
        """How many sightings of a class the scrape has, usable or not."""
        return int(self._db.execute("SELECT count(*) FROM sightings WHERE label = ?", (label,)).fetchone()[0])

    # what addresses hold

    def known(self, url: str) -> Known | None:
        """What an address held; None if it was never looked at."""
        row = self._db.execute(
            "SELECT etag, last_modified, reason, sha256, key, size, width, height, key IN present "
            "FROM addresses WHERE url = ?",
            (url,),
        ).fetchone()
        if row is None:
            return None
        etag, last_modified, reason, *facts, present = row
        image = None if reason else AcceptedImage(*facts)
        return Known(Validators(etag, last_modified), image, reason, reason is not None or bool(present))

    def settle(
        self,
        pending: Pending,
        outcome: AcceptedImage | str,
        validators: Validators,
        *,
        fetched_at: str | None = None,
        fresh_until: float = 0.0,
    ) -> None:
        """An address is done with: it holds an image, or was refused for a reason."""
        reason = outcome if isinstance(outcome, str) else None
        facts = (
            (None,) * 5
            if isinstance(outcome, str)
            else (outcome.sha256, outcome.key, outcome.size, outcome.width, outcome.height)
        )
        self._db.execute(
            "INSERT OR REPLACE INTO addresses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (pending.url, self.number, fresh_until, reason, *facts, *validators, fetched_at),
        )
        self._done(pending)

    def settle_unchanged(self, pending: Pending, *, fresh_until: float) -> None:
        self._db.execute(
            "UPDATE addresses SET settled = ?, fresh_until = ? WHERE url = ?", (self.number, fresh_until, pending.url)
        )
        self._done(pending)

    def note_present(self, keys: Iterable[str]) -> None:
        """Images that the store has."""
        self._db.executemany("INSERT OR IGNORE INTO present VALUES (?)", ((key,) for key in keys))

    def has_addresses(self) -> bool:
        return self._db.execute("SELECT 1 FROM addresses LIMIT 1").fetchone() is not None

    def settled_counts(self) -> tuple[int, Counter[str]]:
        """Addresses done with in this scrape: images, and refusals by reason."""
        rows = self._db.execute(
            "SELECT reason, count(*) FROM addresses WHERE settled = ? GROUP BY reason", (self.number,)
        ).fetchall()
        refused = Counter({reason: count for reason, count in rows if reason is not None})
        return sum(count for reason, count in rows if reason is None), refused

    def waiting(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM pending").fetchone()[0])

    def adopt(self, uri: str, manifest: SnapshotManifest, classes: str) -> None:
        """Learn what there is to know from the last snapshot, where the state that it came from is lost or older."""
        self._db.execute("DELETE FROM published")
        self._db.executemany(
            "INSERT INTO published VALUES (?, ?, ?, ?)", ((i.url, i.label, i.group, i.sha256) for i in manifest.images)
        )
        rows = [
            (i.url, None, i.sha256, i.key, i.size, i.width, i.height, i.etag, i.last_modified, i.fetched_at.isoformat())
            for i in manifest.images
        ] + [(r.url, r.reason, *(None,) * 5, r.etag, r.last_modified, None) for r in manifest.refusals]
        self._db.executemany("INSERT OR IGNORE INTO addresses VALUES (?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self.set_value("snapshot", uri)
        self.set_value("classes", classes)
        self._db.commit()

    # the database

    def value(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_value(self, name: str, value: str) -> None:
        """Remember a value, at once."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        self._db.commit()

    def commit(self) -> None:
        """Make what was done so far survive a kill."""
        self._db.commit()
        self._last_commit = time.monotonic()

    def _done(self, pending: Pending) -> None:
        self._db.execute("DELETE FROM pending WHERE position = ?", (pending.position,))
        if time.monotonic() - self._last_commit > COMMIT_EVERY_S:
            self.commit()
