"""The bytes of a photo as what the model sees: `imaging`'s formats, and HEIC, which phones send as it is.

HEIC is read here and not in `imaging`, since nothing is trained on it and its decoder is loaded with the first such
photo only.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from imaging import DEFAULT_LIMITS, INPUT_SIDE_PX, ImageRefusedError, Limits, Reason, read_pixels, to_pixels

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""ISO/IEC 23008-12: what a HEIF file with HEVC pictures says in its first box."""

LUMA = np.array([0.299, 0.587, 0.114], np.float64)
"""ITU-R BT.601."""
LUMA_OF_COLUMNS = np.tile(LUMA, INPUT_SIDE_PX) / INPUT_SIDE_PX**2
"""What each column's sum of a channel adds to the mean."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that was read; of the file nothing is left."""

    pixels: Pixels
    """uint8 [224, 224, 3]"""
    brightness: float
    """Mean luma, 0 to 255."""


def read_photo(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Photo:
    """Decode a photo.

    Args:
        data: JPEG, PNG, WebP or HEIC, told by its content.
        limits: caps that are checked before any pixel is decoded.

    Raises:
        ImageRefusedError: if it can't be used.
    """
    return of_pixels(_heic_pixels(data, limits) if _is_heic(data) else read_pixels(data, limits))


def of_pixels(pixels: Pixels) -> Photo:
    """A photo that was decoded elsewhere, uint8 [224, 224, 3]."""
    # first down the columns, in the smallest type that holds 224 × 255: numpy takes forty times as long for all at once
    columns = pixels.sum(axis=0, dtype=np.uint16)
    return Photo(pixels, float(columns.ravel() @ LUMA_OF_COLUMNS))


def _is_heic(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS


def _heic_pixels(data: bytes, limits: Limits) -> Pixels:
    import pi_heif  # noqa: PLC0415  (memory that most gateways never need)

    if len(data) > limits.max_bytes:
        message = f"the file has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted"
        raise ImageRefusedError(Reason.TOO_MANY_BYTES, message)
    try:
        heif: Any = pi_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)
        _check_size(heif.size, limits)
        image = heif.to_pillow()
    except ImageRefusedError:
        raise
    except (ValueError, OSError, RuntimeError, EOFError, SyntaxError, MemoryError) as error:
        message = "the HEIC picture is damaged or of an unusual kind; save it as JPEG"
        raise ImageRefusedError(Reason.DAMAGED, message) from error
    # libheif has turned it upright; on 224×224 the colour profile costs next to nothing
    return _srgb(to_pixels(image.convert("RGB")), heif.info.get("icc_profile"))


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        message = f"the picture has {width}x{height} pixels; at most {limits.max_pixels:,} are accepted"
        raise ImageRefusedError(Reason.TOO_MANY_PIXELS, message)
    if min(size) < limits.min_side_px:
        message = f"the picture has {width}x{height} pixels; each side needs {limits.min_side_px} or more"
        raise ImageRefusedError(Reason.TOO_SMALL, message)


def _srgb(pixels: Pixels, profile: bytes | None) -> Pixels:
    if not profile:
        return pixels
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            Image.fromarray(pixels), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return pixels
    return pixels if converted is None else np.asarray(converted, dtype=np.uint8)
