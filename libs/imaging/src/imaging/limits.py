"""What every model sees, how much a picture may ask for, and why one is refused; needs neither Pillow nor numpy."""

from dataclasses import dataclass
from enum import StrEnum

INPUT_SIDE_PX = 224

PREPROCESSING = "stretch-224-bilinear-antialias/1"
"""Changes whenever `read_pixels` would give other pixels; a model only serves with the one it was trained with."""


class Reason(StrEnum):
    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    UNSUPPORTED_FORMAT = "unsupported_format"
    DAMAGED = "damaged"


class ImageRefusedError(ValueError):
    """The bytes are no picture that can be used; `reason` is for counting, the message for a person."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    max_bytes: int = 20 * 2**20
    """Encoded size; a 48-megapixel phone photo has about 15 MB."""
    max_pixels: int = 50_000_000
    """Width times height as declared; decoded in full they take 150 MB."""
    min_side_px: int = 32
    """Below this there is nothing a model could see."""


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the header says."""

    suffix: str
    width: int
    height: int
