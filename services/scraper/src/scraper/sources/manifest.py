"""The operator's own images, named by a CSV or Parquet file: path, label and, where known, group."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from contracts.steps import InvalidInputError
from scraper.crawl.memory import Room
from scraper.crawl.stats import Tally
from scraper.http.validators import Validators
from scraper.sources.folder import LICENCE, read_file
from scraper.sources.protocol import Batch, Candidate, Content, Section, Survey
from scraper.sources.table import ImageTable, Row


class ImageManifest:
    """A table of files; relative paths start at the table's folder. None lies outside that folder.

    Args:
        path: the table.
        minimum_images: the fewest images a class may be trained with.
        tally: where bytes are counted.
    """

    name = "folder"
    synthetic = False
    one_site = True

    def __init__(self, path: Path, minimum_images: int, tally: Tally) -> None:
        self._table = ImageTable(path, "path")
        self._root = path.absolute().parent.resolve()
        self._minimum_images = minimum_images
        self._tally = tally
        self._labels: frozenset[str] = frozenset()

    @property
    def notice(self) -> str:
        """Names the table, not the path to it."""
        return f"Images from the operator's own table {self._table.path.name!r}."

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
        return self._table.images(section, resume_at, self._candidate)

    async def read(self, url: str, known: Validators | None, room: Room) -> Content:  # noqa: ARG002
        """A file's bytes; see `ImageFolder.read`."""
        return await read_file(url, room, self._tally)

    def wait_s(self, host: str) -> float:  # noqa: ARG002
        """A disk needs no manners."""
        return 0.0

    def should_still_have(self, url: str, label: str) -> bool:
        """Labels that are gone from the table aren't missed: that was the operator's wish."""
        return url.startswith(f"{self._root.as_uri()}/") and label in self._labels

    def _candidate(self, row: Row) -> Candidate:
        path = (self._root / row.place).resolve()
        if not path.is_relative_to(self._root):
            msg = (
                f"{self._table.path}, row {row.number}: {row.place!r} lies outside {self._root}; "
                "keep images beside the table"
            )
            raise InvalidInputError(msg)
        return row.candidate(path.as_uri(), LICENCE)
