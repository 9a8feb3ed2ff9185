"""Asks about many photos and turns the answers into rows; holds no photo longer than that takes."""

import base64
import csv
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO, StringIO

from PIL import Image

from acneflow_client import BatchItem, Client, Decision
from imaging import DEFAULT_LIMITS, ImageRefusedError, upright_rgb

THUMBNAIL_PX = 96
FAILED = "failed"
Photos = Mapping[str, bytes] | bytes
"""Photos by name, or a ZIP: what one request carries."""


@dataclass(frozen=True, slots=True)
class Row:
    """The outcome of one photo; the fields are the columns of the CSV."""

    file: str
    decision: str
    label: str
    display_name: str
    confidence: float | None
    sentence: str
    model: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    row: Row
    thumbnail: str | None


def ask_batch(client: Client, photos: Photos, on_answer: Callable[[int, int], None]) -> list[Answer]:
    """The answers of one request, in the order of its photos; `on_answer` gets how many came, and of how many.

    Raises:
        ClientError: if the gateway takes no batch now.
    """
    found: dict[int, Answer] = {}
    for count, item in client.predict_batch(photos):
        found[item.index] = Answer(_row(item), _thumbnail(_photo(photos, item.name)))
        on_answer(len(found), count)
    return [found[index] for index in sorted(found)]


def requests_for(files: Iterator[tuple[str, bytes]]) -> list[Photos]:
    """Files as requests: one for each ZIP, one for all photos; photos of the same name get a number."""
    photos: dict[str, bytes] = {}
    archives: list[Photos] = []
    for name, data in files:
        if zipfile.is_zipfile(BytesIO(data)):
            archives.append(data)
            continue
        unique, number = name, 2
        while unique in photos:
            unique, number = f"{name} ({number})", number + 1
        photos[unique] = data
    return [*([photos] if photos else []), *archives]


def as_csv(rows: list[Row]) -> str:
    """The rows as CSV, safe to open in a spreadsheet: no cell begins a formula."""
    stream = StringIO()
    writer = csv.DictWriter(stream, list(Row.__slots__))
    writer.writeheader()
    writer.writerows({name: _without_formula(value) for name, value in asdict(row).items()} for row in rows)
    return stream.getvalue()


def as_json(rows: list[Row]) -> str:
    return json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)


def _row(item: BatchItem) -> Row:
    if item.prediction is None:
        said = "" if item.problem is None else f"{item.problem.detail} {item.problem.advice}".strip()
        return Row(item.name, FAILED, "", "", None, said, "", None)
    prediction, model = item.prediction, item.prediction.model
    top = prediction.prediction
    known = prediction.decision is not Decision.UNSUPPORTED
    return Row(
        item.name,
        prediction.decision.value,
        top.label if known else "",
        top.display_name if known else "",
        top.confidence if known else None,
        prediction.sentence,
        model.name,
        model.version,
    )


def _photo(photos: Photos, name: str) -> bytes | None:
    if not isinstance(photos, bytes):
        return photos.get(name)
    with zipfile.ZipFile(BytesIO(photos)) as archive:
        try:
            with archive.open(name) as file:
                return file.read(DEFAULT_LIMITS.max_bytes)
        except (KeyError, OSError, RuntimeError, zipfile.BadZipFile):
            return None


def _thumbnail(photo: bytes | None) -> str | None:
    if photo is None:
        return None
    try:
        image = upright_rgb(photo, at_least_px=THUMBNAIL_PX)
    except ImageRefusedError:
        return None
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BILINEAR)
    stream = BytesIO()
    image.save(stream, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"


def _without_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t"} else value
