"""The ten tones of the Monk Skin Tone scale, and what blood does to each.

Swatches: Monk, "The Monk Skin Tone Scale" (2019), https://skintone.google, CC BY 4.0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SWATCHES = ("f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420")
"""sRGB, from tone 1 to tone 10."""

MONK_TONES = tuple(range(1, len(SWATCHES) + 1))


@dataclass(frozen=True, slots=True)
class Tone:
    """How skin of one tone answers to light; arrays are float32 [3], linear RGB."""

    monk: int
    reflectance: npt.NDArray[np.float32]
    """Of skin without a flush, 0 to 1."""


def tone(monk: int) -> Tone:
    """The tone with this number, 1 to 10."""
    srgb = np.array([int(SWATCHES[monk - 1][i : i + 2], 16) for i in (0, 2, 4)], dtype=np.float32) / 255
    return Tone(monk, to_linear(srgb))


def to_linear(srgb: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """SRGB 0 to 1 into linear light (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)
