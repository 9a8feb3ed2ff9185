"""A source in the store, of drawn pictures whose colour is their class, for the trainer's tests."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
from PIL import Image

from contracts import keys
from contracts.manifest import utc_now
from contracts.snapshot import SnapshotClass, SnapshotImage, SnapshotManifest
from objectstore import ObjectStore

COLOURS = {"rosacea": (215, 120, 110), "milia": (225, 200, 180), "acne-cystic": (120, 60, 50)}


@dataclass(frozen=True, slots=True)
class Photo:
    """One sighting that a test wants in a snapshot."""

    data: bytes
    label: str
    group: str


def drawn(label: str, number: int, *, size: tuple[int, int] = (120, 90), quality: int = 90) -> bytes:
    """A JPEG of a class' colour with blobs that only its number decides."""
    rng = np.random.default_rng([sorted(COLOURS).index(label), number])
    blobs = rng.normal(scale=30, size=(6, 8, 1)) + np.array(COLOURS[label])
    picture = Image.fromarray(blobs.clip(0, 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def patients(per_class: int, shots: int = 1, *, start: int = 0) -> list[Photo]:
    """Photos of every class: so many patients, so many shots of each."""
    return [
        Photo(drawn(label, patient * 100 + shot), label, f"{label}-{patient}")
        for label in COLOURS
        for patient in range(start, start + per_class)
        for shot in range(shots)
    ]


def put_snapshot(
    store: ObjectStore,
    photos: Iterable[Photo],
    *,
    source: str = "drawn",
    classes: Sequence[str] = tuple(COLOURS),
    minimum: int = 3,
    day: int = 1,
    synthetic: bool = True,
) -> str:
    """Put photos into the store and a snapshot of them; returns its URI."""
    images = [_put(store, photo) for photo in photos]
    snapshot = SnapshotManifest(
        source=source,
        created_at=utc_now(),
        synthetic=synthetic,
        notice="Drawn for a test.",
        classes=tuple(SnapshotClass(name=c, display_name=c.title(), minimum_images=minimum) for c in classes),
        images=tuple(images),
        refused={},
    )
    key = keys.snapshot(source, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day))
    store.put(key, snapshot.to_json())
    return store.uri(key)


def _put(store: ObjectStore, photo: Photo) -> SnapshotImage:
    sha256 = hashlib.sha256(photo.data).hexdigest()
    key = keys.image(sha256, "jpg")
    store.put(key, photo.data)
    return SnapshotImage(
        sha256=sha256,
        key=key,
        size=len(photo.data),
        width=120,
        height=90,
        label=photo.label,
        group=photo.group,
        url="http://localhost/photo.jpg",
        licence="none",
        fetched_at=utc_now(),
    )
