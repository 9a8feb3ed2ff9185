"""How dark the skin on a photo looks: the individual typology angle, an estimate where no source records a tone.

ITA = arctan((L* - 50) / b*), in degrees, in CIELAB under D65 (Chardon, Cretois and Hourseau 1991); the categories are
those of Del Bino and Bernerd 2013. It measures colour on a photo: light, exposure and white balance move it by more
than a category, so it may describe a dataset, and must never describe a person.
"""

import numpy as np
import numpy.typing as npt

CATEGORIES = (
    (55.0, "very-light"),
    (41.0, "light"),
    (28.0, "intermediate"),
    (10.0, "tan"),
    (-30.0, "brown"),
    (-90.0, "dark"),
)
"""Lower limits in degrees, lightest first."""
MIN_SKIN_SHARE = 0.3
"""Of the pixels; below it a picture isn't taken for one of skin."""
CHROMA = (3.0, 55.0)
HUE_DEGREES = (10.0, 95.0)
"""From red to yellow; the Monk scale's ten colours lie between 48 and 90, inflamed skin below."""
LIGHTNESS = (10.0, 97.0)

_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], dtype=np.float32)
_WHITE = np.array([0.95047, 1.0, 1.08883], dtype=np.float32)


def ita_of(pixels: npt.NDArray[np.uint8]) -> float | None:
    """The typology angle in degrees of the pixels that look like skin, by their median L* and b*; None if too few do.

    The pixels are uint8 [H, W, 3], sRGB.
    """
    lightness, a, b = np.moveaxis(_lab(pixels.reshape(-1, 3)), -1, 0)
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a))
    skin = np.ones(len(a), dtype=np.bool_)
    for value, (least, most) in ((lightness, LIGHTNESS), (chroma, CHROMA), (hue, HUE_DEGREES)):
        skin &= (value >= least) & (value <= most)
    if skin.mean() < MIN_SKIN_SHARE:
        return None
    return float(np.degrees(np.arctan2(np.median(lightness[skin]) - 50.0, np.median(b[skin]))))


def category(ita_degrees: float) -> str:
    return next(name for least, name in CATEGORIES if ita_degrees >= least)


def tone_of(monk: int | None, fitzpatrick: int | None, ita_degrees: float | None) -> tuple[str, str]:
    """Whence an image's skin tone is known (`monk`, `fitzpatrick`, `estimated` or `unknown`), and which it is."""
    if monk is not None:
        return "monk", str(monk)
    if fitzpatrick is not None:
        return "fitzpatrick", str(fitzpatrick)
    if ita_degrees is not None:
        return "estimated", category(ita_degrees)
    return "unknown", ""


def _lab(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """[N × 3] sRGB as CIELAB under D65 (IEC 61966-2-1, ISO/CIE 11664-4)."""
    scaled = rgb.astype(np.float32) / 255.0
    linear = np.where(scaled <= 0.04045, scaled / 12.92, ((scaled + 0.055) / 1.055) ** 2.4)
    ratio = (linear @ _TO_XYZ.T) / _WHITE
    cube = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(cube, -1, 0)
    lab: npt.NDArray[np.float32] = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
    return lab
