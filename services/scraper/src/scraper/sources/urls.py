"""Images at addresses that the operator lists, on any sites: a CSV of url, label and, where known, group."""

import asyncio
from collections.abc import AsyncGenerator

from yarl import URL

from contracts.steps import InvalidInputError
from scraper.crawl.memory import Room
from scraper.http.fetcher import Fetcher
from scraper.http.validators import Validators
from scraper.sources.protocol import Batch, Candidate, Content, Section, Survey, Unchanged, host_of
from scraper.sources.table import ImageTable, Row

LICENCE = "not stated; the operator answers for the right to use it"


class AddressList:
    """A table of addresses.

    Args:
        table: of addresses.
        minimum_images: the fewest images a class may be trained with.
        fetcher: the way to the sites.
    """

    name = "urls"
    synthetic = False
    one_site = False

    def __init__(self, table: ImageTable, minimum_images: int, fetcher: Fetcher) -> None:
        self._table = table
        self._minimum_images = minimum_images
        self._fetcher = fetcher
        self._labels: frozenset[str] = frozenset()

    @property
    def notice(self) -> str:
        """Names the table, not the path to it."""
        return f"Images from the addresses in the operator's own list {self._table.path.name!r}."

    async def survey(self) -> Survey:
        """Each label of the table is a class.

        Raises:
            InvalidInputError: if the table can't be used.
        """
        survey = await asyncio.to_thread(self._table.survey, self._minimum_images)
        self._labels = frozenset(c.name for c in survey.classes)
        return survey

    def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        """See `ImageTable.images`."""
        return self._table.images(section, resume_at, _candidate)

    async def read(self, url: str, known: Validators | None, room: Room) -> Content | Unchanged:
        """See `Fetcher.image`."""
        return await self._fetcher.image(url, known, room.for_large_body)

    def wait_s(self, host: str) -> float:
        """See `Fetcher.wait_s`."""
        return self._fetcher.wait_s(host)

    def should_still_have(self, url: str, label: str) -> bool:  # noqa: ARG002
        """Labels that are gone from the table aren't missed: that was the operator's wish."""
        return label in self._labels


def sites_in(table: ImageTable) -> frozenset[str]:
    """The sites that a table's addresses are on.

    Raises:
        InvalidInputError: if the table can't be used, or an address is none.
    """
    sites = set()
    for section in table.survey(minimum_images=1).sections:
        for row in table.rows(section.label, 0):
            try:
                site = host_of(row.place) if URL(row.place).scheme in {"http", "https"} else ""
            except ValueError:
                site = ""
            if not site:
                expected = "an address like https://example.org/1.jpg"
                msg = f"{table.name}, row {row.number}: expected {expected}, got {row.place!r}"
                raise InvalidInputError(msg)
            sites.add(site)
    return frozenset(sites)


def _candidate(row: Row) -> Candidate:
    return row.candidate(row.place, LICENCE)
