"""The ten tones of the Monk Skin Tone scale, and how blood and pigment colour each of them.

Skin is modelled as a reflecting layer seen through absorbing ones (Beer–Lambert, in linear light), after Tsumura et
al., "Image-based skin color and texture analysis/synthesis by extracting hemoglobin and melanin information in the
skin", SIGGRAPH 2003. So the same flush is pink on light skin, and brown to violet on dark skin.
Swatches: Monk, "The Monk Skin Tone Scale" (2019), https://skintone.google, CC BY 4.0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SWATCHES = ("f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420")
"""sRGB, from tone 1 to tone 10."""

MONK_TONES = tuple(range(1, len(SWATCHES) + 1))

Rgb = npt.NDArray[np.float32]
"""Float32 [3], linear light."""

_DIFFUSE_SHARE = np.float32(0.80)
"""Of what a swatch reflects; the rest is gloss, which `light` adds."""
_WARMTH = np.array([0.28, 0.04, -0.22], dtype=np.float32)
"""The darkest swatches are nearly grey; skin that light has passed through is warmer."""
_MELANIN = np.array([0.50, 0.80, 1.05], dtype=np.float32)
_BLOOD_LIGHT, _BLOOD_DARK = np.array([[0.09, 0.78, 0.66], [0.30, 0.74, 0.52]], dtype=np.float32)
_VENOUS_LIGHT, _VENOUS_DARK = np.array([[0.38, 0.92, 0.62], [0.52, 0.80, 0.40]], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Tone:
    """How skin of one tone answers to light; absorptions are per unit of density."""

    monk: int
    reflectance: Rgb
    blood: Rgb
    """Absorption by fresh blood near the surface."""
    venous: Rgb
    """Absorption by deep or old blood: redder light is lost too, which makes it violet."""
    melanin: Rgb

    def under_skin(self, colour: Rgb, veil: float) -> Rgb:
        """A colour as it looks from under the skin; `veil` is the skin's share, 0 to 1."""
        return colour * (1 - np.float32(veil) + np.float32(veil) * self.reflectance)

    @property
    def depth(self) -> float:
        """0 for the lightest tone, 1 for the darkest."""
        return (self.monk - 1) / (len(SWATCHES) - 1)


def tone(monk: int) -> Tone:
    swatch = SWATCHES[monk - 1]
    srgb = np.array([int(swatch[i : i + 2], 16) for i in (0, 2, 4)], dtype=np.float32) / np.float32(255)
    depth = np.float32((monk - 1) / (len(SWATCHES) - 1))
    return Tone(
        monk,
        to_linear(srgb) * _DIFFUSE_SHARE * (1 + _WARMTH * np.float32(max(0, monk - 7) / 3)),
        _BLOOD_LIGHT + (_BLOOD_DARK - _BLOOD_LIGHT) * depth,
        _VENOUS_LIGHT + (_VENOUS_DARK - _VENOUS_LIGHT) * depth,
        _MELANIN,
    )


def to_linear(srgb: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """SRGB 0 to 1 into linear light (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Linear light 0 to 1 into sRGB 0 to 1."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)
