"""Altered copies of a training image: mirrored, turned, cropped, scaled, lighter or darker, but of the same hue.

Redness is what tells rosacea from acne, so colour may only change as light changes it: all channels alike.
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from imaging import INPUT_SIDE_PX

MARGIN = 1.25
"""The picture is first scaled to this many times the input's side, so that a crop of it isn't blurred."""
MAX_TURN_DEG = 12.0
SCALES = (0.85, 1.10)
MAX_SHIFT = 0.06
"""Of the picture's side."""
BRIGHTNESS = (0.85, 1.15)
CONTRAST = (0.85, 1.15)


def altered(picture: Image.Image, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """One altered copy of an upright RGB picture, uint8 [224, 224, 3]."""
    side = round(MARGIN * INPUT_SIDE_PX)
    large = picture.resize((side, side), Image.Resampling.BILINEAR)
    fill = tuple(round(value) for value in np.asarray(large, dtype=np.float32).mean(axis=(0, 1)))
    moved = large.transform(
        (INPUT_SIDE_PX, INPUT_SIDE_PX),
        Image.Transform.AFFINE,
        _affine(rng, side),
        Image.Resampling.BILINEAR,
        fillcolor=fill,
    )
    return _relit(np.asarray(moved, dtype=np.float32), rng)


def _affine(rng: np.random.Generator, side: int) -> tuple[float, ...]:
    """Pillow's six numbers, from a place in the copy to the place in the picture."""
    turn = math.radians(rng.uniform(-MAX_TURN_DEG, MAX_TURN_DEG))
    step = side / INPUT_SIDE_PX / rng.uniform(*SCALES)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    a, b = step * math.cos(turn) * mirror, -step * math.sin(turn)
    d, e = step * math.sin(turn) * mirror, step * math.cos(turn)
    middle = (INPUT_SIDE_PX - 1) / 2
    x, y = side / 2 + rng.uniform(-MAX_SHIFT, MAX_SHIFT, size=2) * side
    return (a, b, x - a * middle - b * middle, d, e, y - d * middle - e * middle)


def _relit(pixels: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Brighter and with more contrast, or less; an equal change of all channels leaves the hue as it is."""
    mean = pixels.mean()
    relit = ((pixels - mean) * rng.uniform(*CONTRAST) + mean) * rng.uniform(*BRIGHTNESS)
    rounded: npt.NDArray[np.uint8] = relit.clip(0, 255).round().astype(np.uint8)
    return rounded
