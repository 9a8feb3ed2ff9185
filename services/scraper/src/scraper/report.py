"""An HTML page of a snapshot for a person: images by class, refusals by reason, what changed since the one before.

Loads nothing from anywhere: the pictures stand in the page.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from contracts import keys
from contracts.snapshot import RefusedImage, SnapshotImage, SnapshotManifest
from contracts.steps import InvalidInputError
from imaging import ImageRefusedError, upright_rgb
from objectstore import ObjectNotFoundError, ObjectStore, load_document
from scraper.state import snapshot as snapshots

THUMBNAIL_PX = 112
MAX_LISTED = 100
"""Refusals of one reason that are listed by address."""


@dataclass(frozen=True, slots=True)
class Changes:
    """One snapshot beside the one before it."""

    before: str
    """URI of that one."""
    same: int
    rows: tuple[tuple[str, int, int], ...]
    """By class: its label, images that came, images that went."""


@dataclass(frozen=True, slots=True)
class _Class:
    display_name: str
    count: int
    minimum: int
    pictures: tuple[tuple[str, str], ...]
    """Each as a `data:` address and a caption."""


def write_report(store: ObjectStore, source: str, uri: str | None, output: Path, thumbnails: int) -> str:
    """Write a page of a snapshot, by default the source's last one, and return the URI of what it shows."""
    shown = uri or snapshots.latest(store, source)
    if shown is None:
        msg = f"source {source!r} has no snapshot in {store.uri('')}; run `scraper run --source {source}` first"
        raise InvalidInputError(msg)
    try:
        manifest = load_document(store, shown, SnapshotManifest)
    except ObjectNotFoundError as error:
        raise InvalidInputError(str(error)) from error
    environment = Environment(loader=PackageLoader("scraper"), autoescape=True, undefined=StrictUndefined)
    page = environment.get_template("report.html").render(
        uri=shown,
        manifest=manifest,
        classes=_classes(store, manifest, thumbnails),
        refused=_by_reason(manifest.refusals),
        changes=_since_before(store, shown, manifest),
    )
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"the report can't be written to {output}: {error.strerror}") from error
    return shown


def changes_between(before: str, old: Iterable[SnapshotImage], new: Iterable[SnapshotImage]) -> Changes:
    """What came and went from one snapshot to the next; an image is its content under its label."""
    were, are = Counter((i.label, i.sha256) for i in old), Counter((i.label, i.sha256) for i in new)
    added, removed = are - were, were - are
    labels = sorted({label for label, _ in (*added, *removed)})

    def of(counts: Counter[tuple[str, str]], label: str) -> int:
        return sum(count for (name, _), count in counts.items() if name == label)

    rows = tuple((label, of(added, label), of(removed, label)) for label in labels)
    return Changes(before, (were & are).total(), rows)


def _since_before(store: ObjectStore, shown: str, manifest: SnapshotManifest) -> Changes | None:
    folder = keys.snapshots(manifest.source)
    at = keys.parse_uri(shown).folder.rpartition("/")[2]
    for name in sorted((n for n in store.folders(folder) if n < at), reverse=True):
        key = keys.manifest(f"{folder}{name}")
        if store.head(key) is not None:
            old = load_document(store, store.uri(key), SnapshotManifest)
            return changes_between(store.uri(key), old.images, manifest.images)
    return None


def _classes(store: ObjectStore, manifest: SnapshotManifest, thumbnails: int) -> list[_Class]:
    by_label: defaultdict[str, list[SnapshotImage]] = defaultdict(list)
    for image in manifest.images:
        by_label[image.label].append(image)
    return [
        _Class(
            display_name=each.display_name,
            count=len(by_label[each.name]),
            minimum=each.minimum_images,
            pictures=tuple(_picture(store, image) for image in _spread(by_label[each.name], thumbnails)),
        )
        for each in manifest.classes
    ]


def _spread(images: list[SnapshotImage], count: int) -> list[SnapshotImage]:
    """So many images from the whole of a class, not the first ones, which may be of one person."""
    if len(images) <= count:
        return images
    return [images[i * len(images) // count] for i in range(count)]


def _picture(store: ObjectStore, image: SnapshotImage) -> tuple[str, str]:
    caption = f"{image.width}×{image.height}" + (f", Monk {image.skin_tone}" if image.skin_tone else "")
    try:
        small = upright_rgb(store.get(image.key).body, at_least_px=THUMBNAIL_PX)
    except (ObjectNotFoundError, ImageRefusedError):
        return "data:,", f"{caption}; missing or damaged in the store"
    small.thumbnail((2 * THUMBNAIL_PX, 2 * THUMBNAIL_PX), Image.Resampling.BILINEAR)
    out = BytesIO()
    small.save(out, "JPEG", quality=75)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}", caption


def _by_reason(refusals: Iterable[RefusedImage]) -> list[tuple[str, list[RefusedImage]]]:
    by_reason: defaultdict[str, list[RefusedImage]] = defaultdict(list)
    for refusal in refusals:
        by_reason[refusal.reason].append(refusal)
    return [(reason, listed[:MAX_LISTED]) for reason, listed in sorted(by_reason.items())]
