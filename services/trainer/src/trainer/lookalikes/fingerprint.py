"""Perceptual fingerprints: pictures that look alike have near ones, whatever their size, quality or format.

A difference hash says where a picture gets brighter; of a picture with hardly any structure (even skin) it says
nothing, and all such pictures would look alike. Those carry a thumbnail, and must agree in that too.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from imaging import upright_rgb

MAX_DISTANCE_BITS = 6
"""Two pictures within this Hamming distance count as shots of the same thing."""
STRUCTURED_BITS = 8 + MAX_DISTANCE_BITS
"""A hash with fewer bits of either kind, or one within reach of such a hash, comes from a picture without structure."""
MIN_CORRELATION = 0.98
"""Between thumbnails. Measured on even skin: near-duplicates had 0.99 and more, other patients 0.975 and less."""
THUMBNAIL_SIDE_PX = 24
DECODED_SIDE_PX = 96


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    bits: int
    """64-bit difference hash."""
    thumbnail: npt.NDArray[np.float16] | None
    """[24 × 24] grey values of mean 0 and length 1; only where the hash alone says too little."""


def fingerprint(data: bytes) -> Fingerprint:
    """The fingerprint of a photo; an ImageRefusedError if it can't be decoded."""
    return fingerprint_of(upright_rgb(data, at_least_px=DECODED_SIDE_PX))


def fingerprint_of(picture: Image.Image) -> Fingerprint:
    """The fingerprint of an upright RGB picture with sides of at least `DECODED_SIDE_PX`, or as small as it came."""
    grey = picture.convert("L")
    cells = np.asarray(grey.resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    brighter = cells[:, 1:] > cells[:, :-1]
    bits = int.from_bytes(np.packbits(brighter).tobytes(), "big")
    structured = STRUCTURED_BITS <= brighter.sum() <= brighter.size - STRUCTURED_BITS
    return Fingerprint(bits, None if structured else _thumbnail(grey))


def thumbnail(data: bytes) -> npt.NDArray[np.float16]:
    """A photo's thumbnail as in `Fingerprint`; an ImageRefusedError if it can't be decoded."""
    return _thumbnail(upright_rgb(data, at_least_px=DECODED_SIDE_PX).convert("L"))


def _thumbnail(grey: Image.Image) -> npt.NDArray[np.float16]:
    small = grey.convert("F").resize((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32).ravel()
    centred = values - values.mean()
    unit: npt.NDArray[np.float16] = (centred / max(float(np.linalg.norm(centred)), 1e-6)).astype(np.float16)
    return unit
