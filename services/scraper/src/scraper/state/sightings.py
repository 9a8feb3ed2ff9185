"""What a scrape has seen, as a snapshot will say it, beside what the last one said. Reads the tables of `database`.

Rows come one by one: a large scrape takes no more memory than a small one.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator

_LEARNABLE = "SELECT {} FROM sightings s JOIN addresses a ON a.url = s.url WHERE s.reason IS NULL AND a.reason IS NULL"
"""Sightings of usable images with what their addresses hold."""


class Sightings:
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

    def refused(self) -> Counter[str]:
        return Counter(row["reason"] for row in self.refusals())

    def published(self) -> Iterator[tuple[str, str]]:
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
