"""Light on skin: from maps of relief, blood and pigment to the picture that a camera would see."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from sample_site.grain import Map
from sample_site.skin import Skin
from sample_site.tones import to_srgb

_STEPS = 8192
_BRIGHTEST = 2.0
"""Linear light that is still told from more."""
_TARGET_LUMINANCE = 0.26
_ADAPTATION = 0.5
"""How far the exposure follows the skin: 0 not at all, 1 until every tone looks the same."""


@dataclass(frozen=True, slots=True)
class Light:
    """One lamp and what the room adds.

    Attributes:
        direction: towards the lamp, unit vector (x right, y down, z to the viewer).
        ambient: share of light that comes from everywhere.
        exposure: factor on top of what the camera's meter says.
    """

    direction: tuple[float, float, float]
    ambient: float
    exposure: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Light":
        """A lamp somewhere above; the lower it is (z), the more does relief stand out."""
        z = rng.uniform(0.62, 0.9)
        angle = rng.uniform(-np.pi, 0)
        side = np.sqrt(1 - z * z)
        direction = (float(side * np.cos(angle)), float(side * np.sin(angle)), z)
        return cls(direction, rng.uniform(0.22, 0.42), rng.uniform(0.85, 1.18))


def render(skin: Skin, light: Light) -> npt.NDArray[np.uint8]:
    """The skin as sRGB, uint8 [HEIGHT_PX, WIDTH_PX, 3]."""
    diffuse, specular = _shading(skin.relief * np.float32(skin.view.px_per_mm), light)
    diffuse *= np.exp(-skin.shade)
    # the exposure that dark skin asks for would turn its sheen into chrome
    specular *= skin.gloss * np.float32(1 - 0.86 * skin.tone.depth)
    bare, planes = 1 - skin.opacity, []
    for c in range(3):
        absorbed = skin.blood * skin.tone.blood[c] + skin.venous * skin.tone.venous[c]
        absorbed += skin.melanin * skin.tone.melanin[c]
        reflected = np.exp(-absorbed)
        reflected *= bare * skin.tone.reflectance[c]
        reflected += skin.paint[c]
        reflected *= diffuse
        reflected += specular
        planes.append(reflected)
    metered = float(np.median(planes[1][::8, ::8]))
    gain = light.exposure * (_TARGET_LUMINANCE / max(metered, 1e-3)) ** _ADAPTATION
    picture = np.empty((*bare.shape, 3), dtype=np.uint8)
    for c, plane in enumerate(planes):
        steps = plane * np.float32(gain * (_STEPS - 1) / _BRIGHTEST)
        picture[..., c] = _film()[steps.clip(0, _STEPS - 1, out=steps).astype(np.uint16)]
    return picture


def _shading(relief_px: Map, light: Light) -> tuple[Map, Map]:
    """Lambert's law, and Blinn's highlight with exponent 32."""
    gx, gy = np.zeros_like(relief_px), np.zeros_like(relief_px)
    gx[:, 1:-1] = (relief_px[:, 2:] - relief_px[:, :-2]) / 2
    gy[1:-1] = (relief_px[2:] - relief_px[:-2]) / 2
    length = 1 / np.sqrt(gx * gx + gy * gy + 1)
    lx, ly, lz = (np.float32(v) for v in light.direction)
    facing = ((lz - gx * lx - gy * ly) * length).clip(0, None)
    half = np.array([lx, ly, lz + 1], dtype=np.float32)
    hx, hy, hz = half / np.linalg.norm(half)
    highlight = ((hz - gx * hx - gy * hy) * length).clip(0, None)
    for _ in range(5):
        highlight *= highlight
    return np.float32(light.ambient) + np.float32(1 - light.ambient) * facing, highlight


@cache
def _film() -> npt.NDArray[np.uint8]:
    """Linear light in steps to sRGB, with a shoulder so that highlights don't burn out at once."""
    linear = np.linspace(0, _BRIGHTEST, _STEPS, dtype=np.float32)
    shoulder = np.where(linear < 0.6, linear, 1 - 0.4 * np.exp(-(linear - 0.6) / 0.4))
    return np.round(to_srgb(shoulder.astype(np.float32)) * 255).astype(np.uint8)
