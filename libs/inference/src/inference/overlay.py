"""Where the model looked, drawn over the picture: its activation map, from nothing over yellow to red."""

import numpy as np
import numpy.typing as npt
from PIL import Image

MOST_COVERED = 0.55
"""Opacity where the model looked most; the picture stays visible beneath."""


def overlay(picture: Image.Image, heatmap: npt.NDArray[np.float32]) -> Image.Image:
    """The picture with the map over it, RGB, of the picture's own size.

    Args:
        picture: upright, RGB.
        heatmap: [7 × 7], 0 to 1, row by row from the top; stretched over the whole picture as the model saw it.
    """
    grid = Image.fromarray((np.clip(heatmap, 0.0, 1.0) * 255.0).astype(np.uint8))
    heat = np.asarray(grid.resize(picture.size, Image.Resampling.BICUBIC), dtype=np.float32)[..., np.newaxis] / 255.0
    colour = np.concatenate([np.full_like(heat, 255.0), 230.0 * (1.0 - heat), np.full_like(heat, 20.0)], axis=-1)
    opacity = MOST_COVERED * heat
    blended = np.asarray(picture, dtype=np.float32) * (1.0 - opacity) + colour * opacity
    return Image.fromarray(blended.round().astype(np.uint8))
