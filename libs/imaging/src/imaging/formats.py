"""Which photos are read: the one list of formats, for messages, uploads, file names and the store.

Needs neither Pillow nor numpy.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhotoFormat:
    """One format, which is told by a file's content and never by its name."""

    name: str
    """For people."""
    pillow_name: str
    suffix: str
    """Of its images in the store."""
    media_types: tuple[str, ...]
    """The first is what its images are stored under."""
    file_suffixes: tuple[str, ...]
    """What its files are called, without the dot."""


FORMATS = (
    PhotoFormat("JPEG", "JPEG", "jpg", ("image/jpeg",), ("jpg", "jpeg")),
    PhotoFormat("PNG", "PNG", "png", ("image/png",), ("png",)),
    PhotoFormat("WebP", "WEBP", "webp", ("image/webp",), ("webp",)),
    PhotoFormat("HEIC", "HEIF", "heic", ("image/heic", "image/heif"), ("heic", "heif")),
)
NAMES = "JPEG, PNG, WebP or HEIC"
MEDIA_TYPES = tuple(media_type for each in FORMATS for media_type in each.media_types)
FILE_SUFFIXES = tuple(suffix for each in FORMATS for suffix in each.file_suffixes)
"""Lower-case, without the dot."""
STORED_AS = {each.suffix: each.media_types[0] for each in FORMATS}
"""Media types of images in the store, by the suffix of their keys."""


def is_photo_name(name: str) -> bool:
    return name.lower().rpartition(".")[2] in FILE_SUFFIXES
