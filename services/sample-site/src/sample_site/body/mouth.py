"""A closed mouth: lips, their wrinkles and the line between them."""

import numpy as np

from sample_site.skin import Points, Skin


def lip_outline(half_width: float, centre_y: float) -> Points:
    """The border of the lips, [n, 2] in mm."""
    t = np.linspace(-1, 1, 41)
    body = np.sqrt((1 - np.abs(t) ** 2.2).clip(0))
    bow = 1.9 * np.exp(-((t / 0.13) ** 2))
    upper = centre_y - 7.6 * body * (1 - 0.25 * np.abs(t)) + bow
    lower = centre_y + 10.0 * body * (1 - 0.25 * np.abs(t))
    x = t * half_width
    return np.concatenate([np.stack([x, upper], 1), np.stack([x, lower], 1)[::-1]])


def draw_mouth(skin: Skin, half_width: float, centre_y: float) -> None:
    """Draw the lips if they are in view."""
    lips = skin.stencil([lip_outline(half_width, centre_y)], closed=True, blur_mm=0.45)
    if lips.alpha.size == 0:
        return
    rng, depth = skin.rng, np.float32(skin.tone.depth)
    skin.blood[lips.box] += lips.alpha * np.float32(rng.uniform(0.55, 0.95))
    skin.venous[lips.box] += lips.alpha * (np.float32(0.12) + np.float32(0.2) * depth)
    skin.melanin[lips.box] += lips.alpha * (np.float32(0.12) + np.float32(0.25) * depth)
    skin.gloss[lips.box] += lips.alpha * np.float32(rng.uniform(0.05, 0.3))
    xs = rng.uniform(-0.85, 0.85, 46) * half_width
    tops = centre_y + np.where(np.arange(46) % 2, rng.uniform(-5.5, -3.5, 46), rng.uniform(1.5, 4.5, 46))
    wrinkles = list(np.stack([np.stack([xs, tops], 1), np.stack([xs * 1.02, tops + 3.2], 1)], 1))
    folds = skin.stencil(wrinkles, width_mm=0.25, blur_mm=0.15)
    skin.relief[folds.box] -= folds.alpha * np.float32(0.3)
    t = np.linspace(-1, 1, 25)
    line = np.stack([t * half_width * 1.01, centre_y + 0.9 * np.cos(t * 9) * (1 - t * t) - 0.8], 1)
    gap = skin.stencil([line], width_mm=1.0, blur_mm=0.35)
    dark = skin.tone.reflectance * np.array([0.16, 0.07, 0.07], dtype=np.float32)
    skin.cover(gap.box, dark, gap.alpha * np.float32(0.85))
