"""Photos of the sizes that people send: drawn, with as much fine structure as makes them as large as real ones."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter


def photo(size: tuple[int, int], target_bytes: int) -> bytes:
    """A JPEG of about so many bytes, at the quality that phones use."""
    width, height = size
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 220, (height // 64 + 1, width // 64 + 1, 3), np.uint8)
    base = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), np.float32)
    grain = Image.fromarray(rng.integers(0, 256, (height, width), np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
    structure = np.asarray(grain, np.float32)[..., None] - 128
    low, high = 0.0, 2.0
    for _ in range(12):
        strength = (low + high) / 2
        stream = BytesIO()
        Image.fromarray((base + structure * strength).clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=88)
        low, high = (low, strength) if stream.tell() > target_bytes else (strength, high)
    return stream.getvalue()
