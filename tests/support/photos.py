"""Pictures for tests, drawn by a program: what the tiny model of seed 1 is sure of, unsure of, and doesn't know."""

from io import BytesIO

import numpy as np
import pillow_heif
from PIL import Image

CONFIDENT_RGB = (198, 134, 66)
UNCERTAIN_RGB = (89, 47, 42)
UNSUPPORTED_RGB = (0, 255, 0)


def picture(rgb: tuple[int, int, int] = CONFIDENT_RGB, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture of one colour."""
    return Image.new("RGB", size, rgb)


def quartered(size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture with four different quarters, by which its orientation can be told."""
    width, height = size
    colours = np.array([[(236, 200, 170), (180, 60, 60)], [(89, 47, 42), (30, 30, 30)]], np.uint8)
    return Image.fromarray(np.kron(colours, np.ones((height // 2, width // 2, 1), np.uint8)))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The bytes of a file."""
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def photo(rgb: tuple[int, int, int] = CONFIDENT_RGB) -> bytes:
    """A JPEG of one colour."""
    return encoded(picture(rgb))


def heic(image: Image.Image, **options: object) -> bytes:
    """A photo as an iPhone sends it."""
    stream = BytesIO()
    pillow_heif.from_pillow(image).save(stream, **{"quality": 95, **options})
    return stream.getvalue()
