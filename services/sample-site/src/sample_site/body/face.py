"""A face seen from in front: its relief, where it flushes, and what surrounds it.

Invented from a few curves with random proportions; it is nobody's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample_site.body.eye import draw_eye
from sample_site.skin import Point, Points, Skin, smooth

Grid = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Proportions:
    """What differs from face to face, in millimetres where not a factor."""

    half_width: float
    nose_height: float
    nose_width: float
    bulb: float
    """0 for an ordinary nose, 1 for a large bulbous one."""
    eye_distance: float
    mouth_half_width: float
    mouth_y: float

    @property
    def wing_mm(self) -> float:
        return (11.5 + 4.5 * self.bulb) * self.nose_width

    @classmethod
    def random(cls, rng: np.random.Generator, *, bulb: float = 0.0) -> "Proportions":
        return cls(
            half_width=rng.uniform(66, 74),
            nose_height=rng.uniform(15, 20),
            nose_width=rng.uniform(0.9, 1.25),
            bulb=bulb,
            eye_distance=rng.uniform(29.5, 33),
            mouth_half_width=rng.uniform(22, 27),
            mouth_y=rng.uniform(31, 35),
        )


def draw_face(skin: Skin, face: Proportions) -> None:
    x, y = skin.coarse()
    side = np.abs(x)
    skin.relief += smooth(_bones(x, y) + _nose(x, y, face) + _muzzle(x, y, face) + _sockets(x, y, face))
    skin.shade += smooth(_hollows(side, y, face))
    flush = (
        0.22 * _bell(side, y, (40, 2), (17, 16))
        + 0.2 * _bell(x, y, (0, 0), (11, 12))
        + 0.12 * _bell(x, y, (0, 62), (14, 10))
    )
    skin.blood += smooth(flush * skin.rng.uniform(0.5, 1.2))
    skin.gloss += smooth(0.25 * _bell(x, y, (0, -10), (9, 30)) + 0.12 * _bell(x, y, (0, -85), (35, 22)))
    _nostrils(skin, face)
    closed = bool(skin.rng.random() < 0.5)
    for sign in (-1, 1):
        draw_eye(skin, (sign * face.eye_distance, -41.0), sign, closed=closed)
    _draw_mouth(skin, face.mouth_half_width, face.mouth_y)
    _surroundings(skin, x, y, face)


def _bones(x: Grid, y: Grid) -> Grid:
    side = np.abs(x)
    curve = -(x**2) / 118 - (y + 15) ** 2 / 330
    cheekbones = 5 * _bell(side, y, (43, -8), (16, 17)) + 2 * _bell(side, y, (36, 20), (16, 18))
    chin = 6 * _bell(x, y, (0, 64), (17, 11)) - 3 * _bell(x, y, (0, 49), (17, 4.5))
    temples = -3 * _bell(side, y, (60, -55), (10, 16))
    return curve + cheekbones + chin + temples


def _nose(x: Grid, y: Grid, face: Proportions) -> Grid:
    """A ridge, a ball at its end and a smaller one on each side, run together; a swollen nose has larger balls."""
    side, bulb = np.abs(x), face.bulb
    height = face.nose_height * (1 + 0.2 * bulb)
    width = (6.5 + (3.5 + 4 * bulb) * _step(y, -28, -6)) * face.nose_width
    ridge = (4 + (0.9 * height - 4) * _step(y, -46, -6)) * _step(y, -60, -40) * (1 - _step(y, -3, 10))
    tip = height * _ball(x, y, (0, -0.5), (12.0 + 5 * bulb, 12.5 + 3.5 * bulb))
    wing_size = (9.5 * face.nose_width + 3 * bulb, 10 + 2 * bulb)
    wing = (10 + 3.5 * bulb) * _ball(side, y, (face.wing_mm, 2.5), wing_size) ** 1.3
    joined: Grid = ((ridge * np.exp(-((x / width) ** 2))) ** 3 + tip**3 + wing**3) ** (1 / 3)
    return joined - 1.5 * _bell(side, y, (face.wing_mm + 8.5 + 2.5 * bulb, 2), (2.2, 7))


def _muzzle(x: Grid, y: Grid, face: Proportions) -> Grid:
    side, lips = np.abs(x), face.mouth_y
    fold_at = 21 + (y - 2) * 0.38
    fold = -1.3 * np.exp(-(((side - fold_at) / 2.6) ** 2)) * _step(y, -2, 8) * (1 - _step(y, 26, 42))
    philtrum = -0.9 * _bell(x, y, (0, lips - 13), (2.2, 6))
    upper = 3.2 * _bell(x, y, (0, lips - 4.5), (16, 3.4))
    lower = 4.2 * _bell(x, y, (0, lips + 5.5), (14, 4))
    gap = -2.6 * _bell(x, y, (0, lips), (face.mouth_half_width * 0.9, 1.5))
    return 5 * _bell(x, y, (0, lips), (27, 19)) + fold + philtrum + upper + lower + gap


def _sockets(x: Grid, y: Grid, face: Proportions) -> Grid:
    side, eye = np.abs(x), face.eye_distance
    hollow = -6.5 * _bell(side, y, (eye - 3, -43), (16, 10)) + 5.5 * _bell(side, y, (eye, -41), (12, 7.5))
    brow = 3 * _bell(side, y, (eye, -57), (20, 5))
    under = -0.8 * np.exp(-(((y + 28 - 0.006 * (side - eye) ** 2) / 2.0) ** 2)) * np.exp(-(((side - eye) / 13) ** 2))
    return hollow + brow + under


def _hollows(side: Grid, y: Grid, face: Proportions) -> Grid:
    wing, under = face.wing_mm + 7.5 + 2.5 * face.bulb, 13.5 + 3.5 * face.bulb
    return (
        0.45 * _bell(side, y, (face.eye_distance - 14, -44), (5, 7))
        + 0.35 * _bell(side, y, (wing, 4), (1.8, 6))
        + 0.55 * _bell(side, y, (0, under), (11 + 4 * face.bulb, 3.0))
        + 0.25 * _bell(side, y, (0, 49), (15, 3.5))
        + 0.22 * _bell(side, y, (face.eye_distance - 4, -31), (10, 3))
    )


def _nostrils(skin: Skin, face: Proportions) -> None:
    reach = 0.62 * face.wing_mm
    for sign in (-1, 1):
        at = (sign * reach, 9.5 + 2.5 * face.bulb)
        hole = skin.spot(at, 2.5, aspect=1.35, angle=-0.45 * sign, wobble=0.08)
        dark = skin.tone.reflectance * np.float32(0.10)
        skin.cover(hole.box, dark, hole.disc(0.7) * np.float32(0.9))


def _surroundings(skin: Skin, x: Grid, y: Grid, face: Proportions) -> None:
    """Hair above and beside the face, cloth below it."""
    width = face.half_width * (1 - 0.2 * _step(y, 5, 80))
    rim = (np.abs(x / width) ** 2.3 + np.abs((y + 18) / 104) ** 2.3) ** (1 / 2.3)
    beyond = smooth(_step(rim, 0.995, 1.03))
    if not beyond.any():
        return
    hair = np.array(HAIR_COLOURS[int(skin.rng.integers(len(HAIR_COLOURS)))], dtype=np.float32)
    cloth = np.array(CLOTHS[int(skin.rng.integers(len(CLOTHS)))], dtype=np.float32)
    low = smooth(_step(y, 35, 48))
    skin.cover(None, hair, beyond * (1 - low))
    skin.cover(None, cloth, beyond * low)
    skin.gloss *= 1 - beyond


HAIR_COLOURS = ((0.012, 0.008, 0.006), (0.03, 0.017, 0.010), (0.07, 0.04, 0.02), (0.02, 0.012, 0.009))
"""Linear RGB."""
CLOTHS = ((0.05, 0.13, 0.28), (0.06, 0.22, 0.20), (0.30, 0.30, 0.31), (0.015, 0.016, 0.02), (0.55, 0.55, 0.53))
"""Linear RGB of what lies behind people in clinics."""


def _bell(x: Grid, y: Grid, at: Point, size: Point) -> Grid:
    bell: Grid = np.exp(-(((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2))
    return bell


def _ball(x: Grid, y: Grid, at: Point, size: Point) -> Grid:
    """1 in the middle, and steep at the rim like a ball seen from in front."""
    ball: Grid = (1 - ((x - at[0]) / size[0]) ** 2 - ((y - at[1]) / size[1]) ** 2).clip(0, 1)
    return ball


def _step(value: Grid, start: float, end: float) -> Grid:
    """0 up to `start`, 1 from `end` on, smooth between."""
    t = ((value - start) / (end - start)).clip(0, 1)
    step: Grid = t * t * (3 - 2 * t)
    return step


def _lip_outline(half_width: float, centre_y: float) -> Points:
    """The border of the lips, [n, 2] in mm."""
    t = np.linspace(-1, 1, 41)
    body = np.sqrt((1 - np.abs(t) ** 2.2).clip(0))
    bow = 1.9 * np.exp(-((t / 0.13) ** 2))
    upper = centre_y - 7.6 * body * (1 - 0.25 * np.abs(t)) + bow
    lower = centre_y + 10.0 * body * (1 - 0.25 * np.abs(t))
    x = t * half_width
    return np.concatenate([np.stack([x, upper], 1), np.stack([x, lower], 1)[::-1]])


def _draw_mouth(skin: Skin, half_width: float, centre_y: float) -> None:
    """Draw the lips of a closed mouth, if they are in view, with their wrinkles and the line between them."""
    lips = skin.stencil([_lip_outline(half_width, centre_y)], closed=True, blur_mm=0.45)
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
