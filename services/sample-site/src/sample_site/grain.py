"""Textures that every picture takes a piece of: made once, since fresh noise for each picture costs most of its time.

All are float32 [SIDE_PX, SIDE_PX], tile without a seam, and depend on nothing but this file.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float32]
"""Float32 [height, width]."""

SIDE_PX = 1024


@dataclass(frozen=True, slots=True)
class Grain:
    """Mean 0 and standard deviation 1, except where another range is given."""

    pores: Map
    """Depth of pores, 0 to about 1."""
    furrows: Map
    """The fine criss-cross of lines between pores."""
    blotches: Map
    """Soft patches, about 60 px across."""
    mottle: Map
    """Finer patches, about 12 px across."""
    sensor: Map
    """Camera noise."""

    def piece(self, of: Map, rng: np.random.Generator, height: int, width: int) -> Map:
        """A piece of a texture from a random place, turned over at random; a view, not a copy."""
        top, left = (int(rng.integers(SIDE_PX - side)) for side in (height, width))
        down, right = rng.integers(0, 2, 2) * 2 - 1
        return of[top : top + height, left : left + width][::down, ::right]


@cache
def grain() -> Grain:
    """The textures (about 20 MB)."""
    rng = np.random.default_rng(20031)
    white = np.fft.rfft2(rng.standard_normal((SIDE_PX, SIDE_PX), dtype=np.float32))
    fx = np.fft.rfftfreq(SIDE_PX)[None, :]
    fy = np.fft.fftfreq(SIDE_PX)[:, None]
    frequency = np.hypot(fx, fy)

    def shape(spectrum: npt.NDArray[np.floating], shift: int) -> Map:
        field = np.fft.irfft2(np.roll(white, shift, axis=0) * spectrum, s=(SIDE_PX, SIDE_PX))
        standard: Map = ((field - field.mean()) / field.std()).astype(np.float32)
        return standard

    angle = np.arctan2(fy, fx + 1e-9)
    band = np.exp(-(((frequency - 0.11) / 0.05) ** 2))
    directions = sum(np.exp(-((np.sin(angle - a) / 0.30) ** 2)) for a in (0.6, 2.0))
    return Grain(
        pores=_pores(rng, frequency),
        furrows=shape(band * directions, 0),
        blotches=shape(np.exp(-((frequency * 60) ** 2)), 211),
        mottle=shape(np.exp(-((frequency * 13) ** 2)), 509),
        sensor=shape(np.exp(-((frequency * 1.6) ** 2)), 773),
    )


def _pores(rng: np.random.Generator, frequency: npt.NDArray[np.floating]) -> Map:
    """Pits of several sizes: points scattered and blurred."""
    total = np.zeros((SIDE_PX, SIDE_PX), dtype=np.float64)
    for count, sigma_px in ((9000, 1.1), (3500, 1.7), (700, 2.6)):
        points = np.zeros((SIDE_PX, SIDE_PX), dtype=np.float32)
        rows, columns = rng.integers(0, SIDE_PX, (2, count))
        points[rows, columns] = rng.uniform(0.3, 1.0, count)
        blur = np.exp(-2 * (np.pi * frequency * sigma_px) ** 2) * (2 * np.pi * sigma_px**2)
        total += np.fft.irfft2(np.fft.rfft2(points) * blur, s=(SIDE_PX, SIDE_PX))
    return total.clip(0, 1.4).astype(np.float32)
