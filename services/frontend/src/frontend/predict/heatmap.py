"""The photo as it is shown, and the activation map that lies over it: where the model looked."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from imaging import upright_rgb

SHOWN_PX = 640
"""Longest side of the picture on the page."""
_OVERLAY_PX = 112
"""Side of the map as it is sent; the browser scales it on, smoothly."""
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


def overlay(heatmap: tuple[tuple[float, ...], ...]) -> Image.Image:
    """The map as a square RGBA picture: clear where the model didn't look, opaque where it looked most.

    Args:
        heatmap: 7×7, 0 to 1. The model saw the photo stretched to a square, so whoever lays the map over the photo
            stretches it back.
    """
    small = Image.fromarray(np.asarray(heatmap, np.float32))
    large = small.resize((_OVERLAY_PX, _OVERLAY_PX), Image.Resampling.BICUBIC)
    heat = np.asarray(large).clip(0.0, 1.0)
    coloured = np.concatenate([_coloured(heat), heat[..., np.newaxis] * 255], axis=-1)
    return Image.fromarray(coloured.round().astype(np.uint8))


def _coloured(heat: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    positions = np.linspace(0.0, 1.0, len(_STOPS))
    channels = [np.interp(heat, positions, _STOPS[:, channel]) for channel in range(3)]
    coloured: npt.NDArray[np.float64] = np.stack(channels, axis=-1)
    return coloured
