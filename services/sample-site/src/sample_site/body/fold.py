"""A skin fold, as of armpit or groin: two swells of flesh that meet in creases, with coarse hair."""

import numpy as np

from sample_site.body.face import CLOTHS
from sample_site.body.hair import draw_hairs
from sample_site.skin import Points, Skin, smooth


def _crease(rng: np.random.Generator, offset_mm: float) -> Points:
    """One crease across the view, [n, 2] in mm."""
    x = np.linspace(-90, 90, 37)
    sag, sway = rng.uniform(-0.0016, 0.0022), rng.uniform(0.4, 1.6)
    y = offset_mm + sag * x * x + sway * np.sin(x / rng.uniform(14, 24) + rng.uniform(0, 6))
    return np.stack([x, y], 1)


def draw_fold(skin: Skin) -> tuple[Points, ...]:
    """Draw a fold through the middle of the view; returns its creases."""
    rng = skin.rng
    x, y = skin.coarse()
    depth, width = rng.uniform(9, 20), rng.uniform(16, 30)
    hollow = np.exp(-(((y + 0.002 * x * x) / width) ** 2))
    skin.relief += smooth(-depth * hollow - (y / 95) ** 2 * 12)
    skin.shade += smooth(hollow * rng.uniform(0.15, 0.4))
    skin.melanin += smooth(hollow * rng.uniform(0.08, 0.35))
    creases = tuple(_crease(rng, offset) for offset in rng.normal(0, 9, int(rng.integers(2, 5))))
    lines = skin.stencil(creases, width_mm=1.1, blur_mm=0.7)
    skin.relief[lines.box] -= lines.alpha * np.float32(1.1)
    skin.shade[lines.box] += lines.alpha * np.float32(0.6)
    _hair(skin)
    if rng.random() < 0.45:
        cloth = np.array(CLOTHS[int(rng.integers(len(CLOTHS)))], dtype=np.float32)
        side = 1 if rng.random() < 0.5 else -1
        hem = side * y - 34 - 0.004 * x * x
        beyond = smooth((hem / 1.5).clip(0, 1))
        skin.cover(None, cloth, beyond)
        skin.gloss *= 1 - beyond
    return creases


def _hair(skin: Skin) -> None:
    rng, count = skin.rng, int(skin.rng.integers(0, 130))
    longest = rng.choice([2.5, 14.0])
    roots = rng.normal(0, 1, (count, 2)) * (24, 10)
    angle = rng.normal(0.6, 0.6, count)
    length = rng.uniform(0.4, 1.0, (count, 1)) * longest
    tips = roots + np.stack([np.cos(angle), np.sin(angle)], 1) * length
    draw_hairs(skin, roots, tips, rng.uniform(-0.3, 0.3, count), width_mm=0.16)
