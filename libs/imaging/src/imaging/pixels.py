"""The pixels that every model sees, uint8 [224, 224, 3]: what is measured of them, and golden ones. Needs no Pillow."""

import numpy as np
import numpy.typing as npt

from imaging.limits import INPUT_SIDE_PX

Pixels = npt.NDArray[np.uint8]

LUMA = np.array([0.299, 0.587, 0.114])
"""Of red, green and blue: ITU-R BT.601."""


def mean_luma(pixels: Pixels) -> float:
    """Brightness of a picture, uint8 [H, W, 3] → 0 to 255."""
    height, width, _ = pixels.shape
    # first down the columns, in the smallest type that holds the sum: numpy takes forty times as long for all at once
    columns = pixels.sum(axis=0, dtype=np.uint16 if height * 255 < 2**16 else np.uint64)
    return float(columns.sum(axis=0, dtype=np.float64) @ LUMA / (height * width))


def golden_pixels() -> Pixels:
    """Four fixed test pictures, uint8 [4, 224, 224, 3]: grey, a gradient, a chequerboard and coloured waves.

    They are drawn by formula and nobody's, so that a model version can prove itself without a photo.
    """
    ramp = np.linspace(0.0, 1.0, INPUT_SIDE_PX, dtype=np.float64)
    y, x = np.meshgrid(ramp, ramp, indexing="ij")
    grey = np.full((INPUT_SIDE_PX, INPUT_SIDE_PX, 3), 0.5)
    gradient = np.stack([x, y, 1.0 - x], axis=-1)
    squares = np.repeat(((np.floor(x * 8) + np.floor(y * 8)) % 2)[..., None], 3, axis=-1)
    waves = np.stack([np.sin(9.0 * x + 5.0 * y), np.sin(13.0 * y), np.cos(7.0 * x)], axis=-1) / 2 + 0.5
    stacked = np.stack([grey, gradient, squares, waves])
    pixels: Pixels = np.round(stacked * 255.0).astype(np.uint8)
    return pixels
