"""HEIC, which phones send as it is, by libheif; its decoder is loaded with the first such photo.

libheif compares what each picture in a file declares with what its content decodes to, and refuses one that turns out
larger. So what is declared bounds what is decoded, if it is looked at for every picture: a tile may declare more than
the whole that it is a part of.
"""

import struct
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""ISO/IEC 23008-12: what a HEIF file with HEVC pictures says in its first box."""


def is_heic(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in BRANDS


def declared_pixels(data: bytes) -> int:
    """The most pixels that any picture in a file declares: the largest `ispe` (ISO/IEC 23008-12, 6.5.3) in `meta`."""
    sizes = [0]
    for meta in _meta_boxes(data):
        at = meta.find(b"ispe")
        while 0 <= at <= len(meta) - 16:
            width, height = struct.unpack_from(">II", meta, at + 8)
            sizes.append(width * height)
            at = meta.find(b"ispe", at + 4)
    return max(sizes)


def open_heic(data: bytes) -> Image.Image:
    """Read the header; what `load` decodes is upright. Raises SyntaxError if it is damaged."""
    from pi_heif import HeifImageFile  # noqa: PLC0415  (memory that most processes never need)

    image: Image.Image = HeifImageFile(BytesIO(data))
    return image


def decode_heic(data: bytes) -> None:
    """Decode the picture and keep nothing, without the copy that Pillow's `load` makes.

    Raises one of `decode.DAMAGES` if it is damaged or of an unusual kind.
    """
    from pi_heif import open_heif  # noqa: PLC0415

    heif = open_heif(BytesIO(data), convert_hdr_to_8bit=True)
    _ = heif.data


def _meta_boxes(data: bytes) -> Iterator[bytes]:
    """The `meta` boxes among the outermost ones (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while at + 16 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1:
            size = struct.unpack_from(">Q", data, at + 8)[0]
        end = at + size if size else len(data)
        if kind == b"meta":
            yield data[at:end]
        at = max(end, at + 8)
