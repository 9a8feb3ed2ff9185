"""The activation map over the photo: where the model looked."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from imaging import upright_rgb

SHOWN_PX = 640
"""Longest side of the picture on the page."""

_STOPS = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], np.float64)
"""Viridis, which keeps its order in grey and for people who don't tell red from green (bids.github.io/colormap)."""


def shown(photo: bytes) -> Image.Image:
    """The photo as a person sees it, upright, small enough for the page.

    Raises:
        ImageRefusedError: if it can't be decoded; the gateway refuses such a photo first.
    """
    image = upright_rgb(photo, at_least_px=SHOWN_PX)
    image.thumbnail((SHOWN_PX, SHOWN_PX))
    return image


def overlaid(image: Image.Image, heatmap: tuple[tuple[float, ...], ...], strength: float) -> Image.Image:
    """The photo with the map over it.

    Args:
        image: RGB, as `shown` gives it.
        heatmap: 7×7, 0 to 1; the model saw the photo stretched to a square, so the map is stretched back.
        strength: 0 leaves the photo as it is, 1 covers it where the model looked most.
    """
    small = Image.fromarray(np.asarray(heatmap, np.float32))
    heat = np.asarray(small.resize(image.size, Image.Resampling.BICUBIC)).clip(0.0, 1.0)
    alpha = (heat * strength)[..., np.newaxis]
    blended = np.asarray(image, np.float64) * (1 - alpha) + _coloured(heat) * alpha
    return Image.fromarray(blended.round().astype(np.uint8))


def _coloured(heat: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    positions = np.linspace(0.0, 1.0, len(_STOPS))
    channels = [np.interp(heat, positions, _STOPS[:, channel]) for channel in range(3)]
    coloured: npt.NDArray[np.float64] = np.stack(channels, axis=-1)
    return coloured
