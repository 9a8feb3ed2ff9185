"""From a place in the atlas to the bytes that the site sends; pictures are drawn when first asked for.

Holds a bounded number of finished pictures, so a crawl of a large atlas takes no more memory than that of a small one.
Not thread-safe: the server calls it from one thread.
"""

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from struct import pack

import numpy as np
import PIL
from PIL import Image

from sample_site.atlas import Atlas, Entry
from sample_site.dirt import Dirt
from sample_site.pages import error
from sample_site.studio import Studio

CACHED_PICTURES = 256
"""About 40 kB each."""
THUMBNAIL_PX = 160
TRUNCATED_SHARE = 0.6
"""How much of a truncated file is left."""
HUGE_SIDES_PX = (9000, 7000)
"""63 megapixels: over the project's cap, under the size at which Pillow warns on its own account."""


@dataclass(frozen=True, slots=True)
class Picture:
    body: bytes
    content_type: str


class Darkroom:
    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._edition = edition()
        self._studio = Studio(atlas.seed)
        self._developed = lru_cache(CACHED_PICTURES)(self._develop)
        self._thumbnails = lru_cache(CACHED_PICTURES)(self._reduce)

    def picture(self, entry: Entry) -> Picture:
        """The full image of an entry, spoilt as its kind of dirt demands."""
        if entry.dirt is Dirt.HTML:
            return Picture(error(500, "The picture server is being repaired.").encode(), "image/jpeg")
        if entry.dirt is Dirt.HUGE:
            return Picture(_huge_png(*HUGE_SIDES_PX), "image/png")
        jpeg = self._developed(entry.case.number, entry.shot)
        if entry.dirt is Dirt.TRUNCATED:
            jpeg = jpeg[: int(len(jpeg) * TRUNCATED_SHARE)]
        if entry.dirt is Dirt.NEAR_DUPLICATE:
            jpeg = _make_near_duplicate(jpeg)
        return Picture(jpeg, "image/jpeg")

    def thumbnail(self, entry: Entry) -> Picture:
        """Thumbnails are never spoilt."""
        return Picture(self._thumbnails(entry.case.number, entry.shot), "image/jpeg")

    def etag(self, what: str) -> str:
        """A strong entity tag for a path of this atlas, known without drawing it (RFC 9110, 8.8.3).

        Drawing is deterministic, so what decides the content names it: the program, the seed, the size and the path.
        """
        size = f"{self._atlas.cases_per_class} {self._atlas.photos_per_page}"
        identity = f"{self._edition} {self._atlas.seed} {size} {what}"
        return hashlib.sha256(identity.encode()).hexdigest()[:32]

    def _develop(self, case_number: int, shot: int) -> bytes:
        return self._studio.photograph(self._atlas.cases[case_number], shot)

    def _reduce(self, case_number: int, shot: int) -> bytes:
        jpeg = self._developed(case_number, shot)
        with Image.open(BytesIO(jpeg)) as image:
            image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
            return _encode(image, quality=80)


def edition() -> str:
    """A hash of everything that decides how pictures and pages come out, besides the atlas' own settings."""
    package = files("sample_site")
    folders = [package, *(child for child in package.iterdir() if child.is_dir())]
    sources = sorted((f.name, f.read_bytes()) for d in folders for f in d.iterdir() if f.name.endswith(".py"))
    digest = hashlib.sha256(f"numpy {np.__version__} pillow {PIL.__version__}".encode())
    for name, source in sources:
        digest.update(name.encode() + source)
    return digest.hexdigest()


def _make_near_duplicate(jpeg: bytes) -> bytes:
    with Image.open(BytesIO(jpeg)) as image:
        size = (round(image.width * 0.85), round(image.height * 0.85))
        return _encode(image.resize(size, Image.Resampling.BICUBIC), quality=70)


def _encode(image: Image.Image, *, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _huge_png(width: int, height: int) -> bytes:
    """A white one-bit PNG written row by row, since no image of that size should be held in memory."""
    row = b"\0" + b"\xff" * -(-width // 8)
    squeezer = zlib.compressobj(9)
    data = b"".join(squeezer.compress(row) for _ in range(height)) + squeezer.flush()
    header = pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = (_png_chunk(b"IHDR", header), _png_chunk(b"IDAT", data), _png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))
