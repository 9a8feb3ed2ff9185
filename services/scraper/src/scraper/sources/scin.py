"""Google's SCIN: skin photos that people contributed with consent, labelled by dermatologists, with skin tones.

https://github.com/google-research-datasets/scin; SCIN Data Use License: share and adapt with attribution, and never
try to find out who somebody is. The case is the group: its up to three photos show one person.

Columns: `case_id`, `image_1_path` … `image_3_path`, `fitzpatrick_skin_type` ("FST1" … "FST6") in the cases; `case_id`,
`weighted_skin_condition_label` (a Python dictionary as text, condition → weight),
`dermatologist_gradable_for_skin_condition_1` … `_3`, `monk_skin_tone_label_us` and `_india` (1 to 10) in the labels.
"""

import ast
import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from urllib.parse import quote

from contracts.taxonomy import Taxonomy
from scraper.crawl.stats import Stats
from scraper.errors import SiteChangedError
from scraper.http.fetcher import Fetcher
from scraper.http.sites import fetching_from
from scraper.settings import ScraperSettings
from scraper.sources.protocol import Batch, Candidate, Section, Source, SourceOptions, Survey
from scraper.sources.reading import LabelledSite

PUBLIC = str(ScraperSettings.model_fields["scin_url"].default)
CASES = "dataset/scin_cases.csv"
LABELS = "dataset/scin_labels.csv"
MAX_TABLE_BYTES = 50 * 2**20
"""Each has a few megabytes."""
LICENCE = "SCIN Data Use License"
BATCH = 200
"""Cases that are noted at a time."""
IMAGE_COLUMNS = ("image_1_path", "image_2_path", "image_3_path")
GRADABLE_COLUMNS = tuple(f"dermatologist_gradable_for_skin_condition_{i}" for i in (1, 2, 3))
WEIGHTS_COLUMN = "weighted_skin_condition_label"
GRADABLE = "YES_IMAGE_QUALITY_SUFFICIENT"
NO_PATHOLOGY = "NO_DISCERNIBLE_PATHOLOGY"
MAX_WEIGHTS_CHARS = 10_000
"""The longest is a few hundred; text that is longer isn't parsed."""


@dataclass(frozen=True, slots=True)
class Case:
    """One person's contribution, as the dermatologists saw it."""

    case_id: str
    images: tuple[str, ...]
    """Paths from the bucket's top, quoted for a URL."""
    condition: str
    """The one with the highest weight; empty if there is none."""
    weight: float
    """Of all conditions' weights; they add up to 1."""
    monk: int | None
    fitzpatrick: int | None
    why_unusable: str | None
    """In words for "<count> …", or None."""


class Scin(LabelledSite):
    """A bucket, or a mirror, with SCIN's files; `base` is the address of the folder in which `dataset/` lies."""

    name = "scin"
    synthetic = False
    notice = (
        "Images from SCIN (Skin Condition Image Network), contributed by people with their consent and labelled by "
        "dermatologists; Google LLC, SCIN Data Use License."
    )

    def __init__(self, base: str, taxonomy: Taxonomy, minimum_weight: float, fetcher: Fetcher) -> None:
        super().__init__(taxonomy, fetcher)
        self._base = base.rstrip("/")
        self._minimum_weight = minimum_weight
        self._cases: dict[str, list[Case]] = {}

    async def survey(self) -> Survey:
        """Read both tables and sort the cases by class."""
        tables = [
            await self._fetcher.page(f"{self._base}/{name}", max_bytes=MAX_TABLE_BYTES) for name in (CASES, LABELS)
        ]
        by_class: defaultdict[str, list[Case]] = defaultdict(list)
        left_out: Counter[str] = Counter()
        for case in _cases_of(*tables):
            found = self._taxonomy.of_scin(case.condition)
            if case.why_unusable is not None:
                left_out[case.why_unusable] += 1
            elif found is None:
                left_out["cases whose first condition the taxonomy doesn't name"] += 1
            elif case.weight < self._minimum_weight:
                left_out[f"cases whose first condition weighs less than {self._minimum_weight:g}"] += 1
            else:
                by_class[found.name].append(case)
        if not by_class:
            reasons = "; ".join(f"{count} {what}" for what, count in left_out.most_common())
            raise SiteChangedError(
                f"no case of {self._base} fits the taxonomy {self._taxonomy.name!r} ({reasons or 'there are no cases'})"
            )
        self._cases = dict(by_class)
        digest = hashlib.sha256(b"".join(hashlib.sha256(table).digest() for table in tables)).hexdigest()
        return Survey(
            classes=self._classes(by_class),
            sections=tuple(
                Section(label, f"{self._base}@{digest}@{self._minimum_weight}") for label in sorted(by_class)
            ),
            left_out=tuple(f"{count} {what}" for what, count in left_out.most_common()),
        )

    async def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        """The photos of a class, case by case; `resume_at` is how many cases came before."""
        cases = self._cases[section.label]
        for begin in range(int(resume_at or "0"), len(cases), BATCH):
            some = cases[begin : begin + BATCH]
            yield Batch(
                tuple(self._candidate(case, path, section.label) for case in some for path in case.images),
                resume_at=str(begin + len(some)),
            )

    def _candidate(self, case: Case, path: str, label: str) -> Candidate:
        return Candidate(
            url=f"{self._base}/{path}",
            page=f"{self._base}/{CASES}",
            label=label,
            group=case.case_id,
            licence=LICENCE,
            skin_tone=case.monk,
            fitzpatrick=case.fitzpatrick,
        )


@asynccontextmanager
async def open_source(settings: ScraperSettings, options: SourceOptions, stats: Stats) -> AsyncIterator[Source]:  # noqa: ARG001
    async with fetching_from(settings.scin_url, settings, stats, public=PUBLIC) as fetcher:
        yield Scin(settings.scin_url, Taxonomy.load(settings.taxonomy), settings.scin_minimum_weight, fetcher)


def _cases_of(cases: bytes, labels: bytes) -> Iterator[Case]:
    labelled = {
        row["case_id"]: row for row in _rows(labels, "scin_labels.csv", (WEIGHTS_COLUMN, *GRADABLE_COLUMNS[:1]))
    }
    for row in _rows(cases, "scin_cases.csv", IMAGE_COLUMNS[:1]):
        label = labelled.get(row["case_id"], {})
        condition, weight, tied = _first(label.get(WEIGHTS_COLUMN, ""))
        images = tuple(quote(row[column].strip()) for column in IMAGE_COLUMNS if (row.get(column) or "").strip())
        yield Case(
            case_id=row["case_id"],
            images=images,
            condition=condition,
            weight=weight,
            monk=_number(label.get("monk_skin_tone_label_us"), 10)
            or _number(label.get("monk_skin_tone_label_india"), 10),
            fitzpatrick=_number(row.get("fitzpatrick_skin_type"), 6),
            why_unusable=_why_unusable(label, images, condition, tied=tied),
        )


def _why_unusable(label: Mapping[str, str], images: tuple[str, ...], condition: str, *, tied: bool) -> str | None:
    grades = [label.get(column) or "" for column in GRADABLE_COLUMNS]
    if not any(GRADABLE in grade and NO_PATHOLOGY not in grade for grade in grades):
        return "cases that no dermatologist could grade"
    if not condition:
        return "cases without a condition"
    if tied:
        return "cases with two first conditions"
    return None if images else "cases without an image"


def _first(text: str) -> tuple[str, float, bool]:
    """The condition with the highest weight, that weight, and whether another one has the same."""
    if not text or len(text) > MAX_WEIGHTS_CHARS:
        return "", 0.0, False
    try:
        weights = ast.literal_eval(text)
        ranked = sorted(((float(weight), str(name)) for name, weight in weights.items()), reverse=True)
    except (ValueError, SyntaxError, TypeError, AttributeError, MemoryError, RecursionError):
        return "", 0.0, False
    if not ranked:
        return "", 0.0, False
    (weight, name), *others = ranked
    return name, weight, bool(others) and others[0][0] == weight


def _number(text: str | None, highest: int) -> int | None:
    """The number in "FST3", "3" or "3.0"; None if there is none from 1 to `highest`."""
    found = re.fullmatch(r"(?:FST)?(\d{1,2})(?:\.0+)?", (text or "").strip())
    return int(found[1]) if found and 1 <= int(found[1]) <= highest else None


def _rows(table: bytes, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(StringIO(table.decode("utf-8-sig"), newline=""))
        missing = {"case_id", *columns} - set(reader.fieldnames or ())
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SiteChangedError(f"{name} is no CSV file in UTF-8: {error}") from error
    if missing:
        raise SiteChangedError(f"{name} has no column {', '.join(sorted(missing))}; has SCIN changed?")
    return rows
