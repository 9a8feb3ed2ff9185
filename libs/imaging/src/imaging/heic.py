"""HEIC, which phones send as it is, by libheif; its decoder is loaded with the first such photo.

libheif compares what a header declares with what the content decodes to: a picture that turns out larger is refused.
"""

from io import BytesIO

from PIL import Image

BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""ISO/IEC 23008-12: what a HEIF file with HEVC pictures says in its first box."""


def is_heic(data: bytes) -> bool:
    """Whether a file says that it is HEIC."""
    return data[4:8] == b"ftyp" and data[8:12] in BRANDS


def open_heic(data: bytes) -> Image.Image:
    """Read the header; what `load` decodes is upright.

    Raises:
        SyntaxError: if it is damaged.
    """
    from pi_heif import HeifImageFile  # noqa: PLC0415  (memory that most processes never need)

    image: Image.Image = HeifImageFile(BytesIO(data))
    return image


def decode_heic(data: bytes) -> None:
    """Decode the picture and keep nothing, without the copy that Pillow's `load` makes.

    Raises:
        ValueError, OSError, RuntimeError, EOFError, SyntaxError, MemoryError: if it is damaged or of an unusual kind.
    """
    from pi_heif import open_heif  # noqa: PLC0415

    heif = open_heif(BytesIO(data), convert_hdr_to_8bit=True)
    _ = heif.data
