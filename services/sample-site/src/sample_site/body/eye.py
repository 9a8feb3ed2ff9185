"""An eye with its lids, lashes and brow, open or closed."""

import numpy as np

from sample_site.body.hair import DARK_HAIR, draw_hairs
from sample_site.skin import Point, Points, Skin

_IRISES = ((0.035, 0.015, 0.006), (0.06, 0.03, 0.012), (0.10, 0.07, 0.03), (0.08, 0.13, 0.16), (0.10, 0.13, 0.08))
"""Linear RGB; the first two are the brown ones."""
_SCLERA = np.array([0.66, 0.60, 0.56], dtype=np.float32)
"""Linear RGB; the lids' shadow and the exposure for dark skin ask for less than white."""
_LID_POINTS = 31


def draw_eye(skin: Skin, at: Point, outward: int, *, closed: bool) -> None:
    """Draw one eye and its brow if they are in view; `outward` is 1 if the temple lies towards larger x, else −1."""
    if skin.spot(at, 24, reach=1.0).d.size == 0:
        return
    upper, lower = _lids(at, outward, closed=closed)
    edge = lower if closed else upper
    if not closed:
        _eyeball(skin, at, np.concatenate([upper, lower[::-1]]))
        rim = skin.stencil([np.add(lower, (0, 0.3))], width_mm=0.8, blur_mm=0.3)
        skin.blood[rim.box] += rim.alpha * np.float32(0.6)
        skin.gloss[rim.box] += rim.alpha * np.float32(0.2)
    line = skin.stencil([edge], width_mm=0.6, blur_mm=0.25)
    skin.cover(line.box, DARK_HAIR * np.float32(1.5), line.alpha * np.float32(0.7))
    crease = skin.stencil([np.add(upper, (0, -4.0 if closed else -3.0))], width_mm=0.8, blur_mm=0.5)
    skin.relief[crease.box] -= crease.alpha * np.float32(0.5)
    skin.shade[crease.box] += crease.alpha * np.float32(0.35)
    _lashes(skin, edge, outward, down=closed)
    _brow(skin, at, outward)


def _lids(at: Point, outward: int, *, closed: bool) -> tuple[Points, Points]:
    t = np.linspace(-1, 1, _LID_POINTS)
    x = at[0] + outward * t * 14.5
    arch = (1 - t * t) ** 0.8
    tilt = -1.0 * t
    upper = at[1] + tilt - 5.2 * arch
    lower = at[1] + tilt + (4.4 if closed else 3.6) * arch
    return np.stack([x, upper], 1), np.stack([x, lower], 1)


def _eyeball(skin: Skin, at: Point, outline: Points) -> None:
    opening = skin.stencil([outline], closed=True, blur_mm=0.2)
    mask = np.zeros_like(skin.opacity)
    mask[opening.box] = opening.alpha
    skin.cover(opening.box, skin.tone.under_skin(_SCLERA, 0.82), opening.alpha)
    skin.gloss[opening.box] *= 1 - opening.alpha
    iris = skin.spot((at[0], at[1] - 0.6), 5.8)
    shades = _IRISES[: len(_IRISES) if skin.tone.depth < 0.4 else 2]
    colour = np.array(shades[int(skin.rng.integers(len(shades)))], dtype=np.float32)
    colour *= np.float32(1 - 0.6 * skin.tone.depth)
    skin.cover(iris.box, colour, iris.disc(0.12) * mask[iris.box])
    skin.cover(iris.box, colour * np.float32(0.35), iris.ring(0.95, 0.1) * mask[iris.box] * np.float32(0.7))
    pupil = skin.spot((at[0], at[1] - 0.6), 2.0)
    skin.cover(pupil.box, np.full(3, 0.004, dtype=np.float32), pupil.disc(0.25) * mask[pupil.box])
    glint = skin.spot((at[0] - 1.8, at[1] - 2.0), 0.8)
    skin.cover(glint.box, skin.tone.under_skin(np.ones(3, dtype=np.float32), 0.85), glint.disc(0.5) * mask[glint.box])
    lid = skin.stencil([np.add(outline[:_LID_POINTS], (0, 1.0))], width_mm=2.0, blur_mm=0.8)
    skin.shade[lid.box] += lid.alpha * mask[lid.box]


def _lashes(skin: Skin, edge: Points, outward: int, *, down: bool) -> None:
    rng, count = skin.rng, 64
    at = np.sort(rng.uniform(1, _LID_POINTS - 2, count))
    roots = np.stack([np.interp(at, np.arange(_LID_POINTS), edge[:, k]) for k in (0, 1)], 1)
    lean = (roots[:, 0] - edge[_LID_POINTS // 2, 0]) * 0.2 + rng.normal(0, 0.3, count)
    length = rng.uniform(2.6, 5.0, count) * (1 if down else -1)
    tips = roots + np.stack([lean + 0.5 * outward, length], 1)
    bow = np.sign(lean) * (0.10 if down else -0.14)
    draw_hairs(skin, roots, tips, bow, width_mm=0.14)


def _brow(skin: Skin, at: Point, outward: int) -> None:
    rng, count = skin.rng, 240
    t = rng.uniform(-1, 1, count)
    x = at[0] + outward * (t * 20 + 1)
    y = at[1] - 16.5 - 3.4 * (1 - (t - 0.25) ** 2) + rng.normal(0, 1.1, count) * (1.25 - 0.75 * t)
    rise = rng.uniform(0.0, 2.4, count) * (0.4 - t)
    ends = np.stack([x + outward * rng.uniform(2.5, 5, count), y - rise], 1)
    draw_hairs(skin, np.stack([x, y], 1), ends, 0.06 * outward, width_mm=0.15, opacity=0.9)
