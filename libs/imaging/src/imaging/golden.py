"""Pictures that are nobody's: drawn by formula, so that a model version can prove itself without a photo."""

import numpy as np
import numpy.typing as npt

from imaging.size import INPUT_SIDE_PX


def golden_pixels() -> npt.NDArray[np.uint8]:
    """Four fixed test pictures, uint8 [4, 224, 224, 3]: grey, a gradient, a chequerboard and coloured waves."""
    ramp = np.linspace(0.0, 1.0, INPUT_SIDE_PX, dtype=np.float64)
    y, x = np.meshgrid(ramp, ramp, indexing="ij")
    grey = np.full((INPUT_SIDE_PX, INPUT_SIDE_PX, 3), 0.5)
    gradient = np.stack([x, y, 1.0 - x], axis=-1)
    squares = np.repeat(((np.floor(x * 8) + np.floor(y * 8)) % 2)[..., None], 3, axis=-1)
    waves = np.stack([np.sin(9.0 * x + 5.0 * y), np.sin(13.0 * y), np.cos(7.0 * x)], axis=-1) / 2 + 0.5
    stacked = np.stack([grey, gradient, squares, waves])
    pixels: npt.NDArray[np.uint8] = np.round(stacked * 255.0).astype(np.uint8)
    return pixels
