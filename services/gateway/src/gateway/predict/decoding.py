"""The bytes of a photo as what the model sees, and how bright it is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging import DEFAULT_LIMITS, Limits, mean_luma, read_pixels

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

    Raises:
        ImageRefusedError: if it can't be used.
    """
    return of_pixels(read_pixels(data, limits))


def of_pixels(pixels: Pixels) -> Photo:
    """A photo that was decoded elsewhere, uint8 [224, 224, 3]."""
    return Photo(pixels, mean_luma(pixels))
