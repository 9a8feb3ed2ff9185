"""Reads a table of images: a CSV or Parquet file whose rows name an image, its label and its group.

A row that can't be used is a mistake of whoever made the table, so it stops the run by its number.
"""

import asyncio
import csv
import hashlib
import re
import unicodedata
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from contracts.snapshot import SnapshotClass
from contracts.steps import InvalidInputError
from scraper.sources.protocol import Batch, Candidate, Section, Survey

TABLE_SUFFIXES = frozenset({".csv", ".parquet", ".pq"})
BATCH = 500
"""Rows that are noted at a time."""
MAX_LABEL_LENGTH = 80


def label_of(name: str) -> str:
    """What a person calls a class, as a label: lower-case letters and digits, joined by hyphens.

    Empty if there are none.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:MAX_LABEL_LENGTH].strip("-")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` counts from 1 without the header."""

    number: int
    place: str
    """What the first column says: a path or a URL."""
    label: str
    group: str
    """The group column's word, or the place where there is none."""
    licence: str | None
    skin_tone: int | None

    def candidate(self, url: str, licence: str) -> Candidate:
        """The image at `url`, under `licence` where the row names none."""
        return Candidate(
            url=url,
            page=None,
            label=self.label,
            group=self.group,
            licence=self.licence or licence,
            skin_tone=self.skin_tone,
        )


class ImageTable:
    """A table of images; `place` is the column that says where the image is, `name` what messages call the table."""

    def __init__(self, path: Path, place: str, *, name: str | None = None) -> None:
        self.path = path.absolute()
        self.name = name or str(self.path)
        self._place = place

    def survey(self, minimum_images: int) -> Survey:
        """Check every row, and list the labels: a class for each label, and a section for each class.

        A section's address also names the table's content, so that another table isn't mistaken for this one.
        """
        if not self.path.is_file():
            raise InvalidInputError(f"there is no file {self.name}")
        names: dict[str, str] = {}
        for label, display_name in self._labels():
            if names.setdefault(label, display_name) != display_name:
                raise InvalidInputError(
                    f"{self.name}: {names[label]!r} and {display_name!r} are both the class {label!r}; write them alike"
                )
        if len(names) < 2:
            raise InvalidInputError(f"expected images of at least two labels in {self.name}, found {len(names)}")
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        classes = tuple(
            SnapshotClass(name=n, display_name=d, minimum_images=minimum_images) for n, d in sorted(names.items())
        )
        return Survey(classes, tuple(Section(c.name, f"{c.name}@{digest}") for c in classes), ())

    async def images(
        self, section: Section, resume_at: str, candidate: Callable[[Row], Candidate]
    ) -> AsyncGenerator[Batch, None]:
        """The rows of one label, in the table's order, some at a time; `resume_at` is the last row's number before."""
        rows = self.rows(section.label, int(resume_at or "0"))
        while batch := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
            yield Batch(tuple(candidate(row) for row in batch), resume_at=str(batch[-1].number))

    def rows(self, label: str, after: int) -> Iterator[Row]:
        for number, raw in self._raw():
            if number <= after or label_of(raw.get("label", "")) != label:
                continue
            place = raw[self._place]
            tone = raw.get("skin_tone", "")
            yield Row(
                number=number,
                place=place,
                label=label,
                group=raw.get("group") or place,
                licence=raw.get("licence") or None,
                skin_tone=int(tone) if tone.isdecimal() and 1 <= int(tone) <= 10 else None,
            )

    def _labels(self) -> Iterator[tuple[str, str]]:
        for number, raw in self._raw():
            for column in (self._place, "label"):
                if not raw.get(column):
                    raise InvalidInputError(
                        f"{self.name}, row {number}: there is no {column!r}. Expected the columns {self._place!r}, "
                        "'label' and, optionally, 'group', 'licence', 'skin_tone' (Monk scale)"
                    )
            label = label_of(raw["label"])
            if not label:
                msg = f"{self.name}, row {number}: the label {raw['label']!r} has no letter from a to z or digit"
                raise InvalidInputError(msg)
            yield label, raw["label"]

    def _raw(self) -> Iterator[tuple[int, dict[str, str]]]:
        reader = self._csv if self.path.suffix.lower() == ".csv" else self._parquet
        yield from enumerate(reader(), start=1)

    def _csv(self) -> Iterator[dict[str, str]]:
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                for row in csv.DictReader(file):
                    yield {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        except (UnicodeDecodeError, csv.Error) as error:
            raise InvalidInputError(f"{self.name} is no CSV file in UTF-8: {error}") from error

    def _parquet(self) -> Iterator[dict[str, str]]:
        # takes memory that runs without a Parquet file shouldn't
        from arro3.io import read_parquet  # noqa: PLC0415

        msg = f"{self.name} is no Parquet file"
        try:
            batches = read_parquet(self.path, batch_size=BATCH)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # the reader's own panic, on a damaged file, isn't an Exception
            raise InvalidInputError(f"{msg}: {error}") from error
        while True:
            try:
                batch = batches.read_next_batch()
            except StopIteration:
                return
            except Exception as error:
                raise InvalidInputError(f"{msg}: {error}") from error
            columns = {name: batch[name].to_pylist() for name in batch.schema.names}
            for row in zip(*columns.values(), strict=True):
                texts = ("" if value is None else str(value).strip() for value in row)
                yield dict(zip(columns, texts, strict=True))


class TableSource:
    """A source whose images a table names: each of its labels is a class."""

    synthetic = False

    def __init__(self, table: ImageTable, minimum_images: int) -> None:
        self._table = table
        self._minimum_images = minimum_images
        self._labels: frozenset[str] = frozenset()

    async def survey(self) -> Survey:
        survey = await asyncio.to_thread(self._table.survey, self._minimum_images)
        self._labels = frozenset(c.name for c in survey.classes)
        return survey

    def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        return self._table.images(section, resume_at, self._candidate)

    def should_still_have(self, url: str, label: str) -> bool:  # noqa: ARG002
        """Labels that are gone from the table aren't missed: that was the operator's wish."""
        return label in self._labels

    def _candidate(self, row: Row) -> Candidate:
        raise NotImplementedError
