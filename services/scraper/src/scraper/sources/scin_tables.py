"""Reads SCIN's two tables. Pure: bytes in, cases out.

Columns: `case_id`, `image_1_path` … `image_3_path`, `fitzpatrick_skin_type` ("FST1" … "FST6") in the cases; `case_id`,
`weighted_skin_condition_label` (a Python dictionary as text, condition → weight),
`dermatologist_gradable_for_skin_condition_1` … `_3`, `monk_skin_tone_label_us` and `_india` (1 to 10) in the labels.
"""

import ast
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from urllib.parse import quote

from scraper.errors import SiteChangedError

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


def cases_of(cases: bytes, labels: bytes) -> Iterator[Case]:
    """The cases of SCIN, in the order of the table of cases.

    Args:
        cases: content of scin_cases.csv.
        labels: content of scin_labels.csv.

    Raises:
        SiteChangedError: if a table isn't what it was.
    """
    labelled = {
        row["case_id"]: row for row in _rows(labels, "scin_labels.csv", (WEIGHTS_COLUMN, *GRADABLE_COLUMNS[:1]))
    }
    for row in _rows(cases, "scin_cases.csv", IMAGE_COLUMNS[:1]):
        yield _case(row, labelled.get(row["case_id"], {}))


def _case(row: Mapping[str, str], label: Mapping[str, str]) -> Case:
    condition, weight, tied = _first(label.get(WEIGHTS_COLUMN, ""))
    images = tuple(quote(row[column].strip()) for column in IMAGE_COLUMNS if (row.get(column) or "").strip())
    return Case(
        case_id=row["case_id"],
        images=images,
        condition=condition,
        weight=weight,
        monk=_number(label.get("monk_skin_tone_label_us"), 10) or _number(label.get("monk_skin_tone_label_india"), 10),
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
        msg = f"{name} is no CSV file in UTF-8: {error}"
        raise SiteChangedError(msg) from error
    if missing:
        msg = f"{name} has no column {', '.join(sorted(missing))}; has SCIN changed?"
        raise SiteChangedError(msg)
    return rows
