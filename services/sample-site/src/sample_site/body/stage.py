"""Where on the body a picture is taken: sets up the skin of one place, before anything is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sample_site.body.face import Proportions, draw_face
from sample_site.body.fold import draw_fold
from sample_site.body.hair import draw_fine_hair
from sample_site.grain import grain
from sample_site.skin import HEIGHT_PX, WIDTH_PX, Point, Points, Skin, View, smooth
from sample_site.tones import Tone


class Place(StrEnum):
    CHEEK = "cheek"
    FOREHEAD = "forehead"
    CHIN = "chin"
    MOUTH = "mouth"
    NOSE = "nose"
    EYE = "eye"
    MIDFACE = "midface"
    BACK = "back"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class _Frame:
    centre: Point
    spread: Point
    """Standard deviation of the centre, mm."""
    width_mm: tuple[float, float]
    turn: float = 0.12
    """Standard deviation of the angle, radians."""


_FRAMES: Mapping[Place, _Frame] = {
    Place.CHEEK: _Frame((45, 10), (5, 9), (52, 78)),
    Place.FOREHEAD: _Frame((0, -80), (14, 6), (60, 95)),
    Place.CHIN: _Frame((4, 54), (9, 4), (58, 90)),
    Place.MOUTH: _Frame((3, 36), (7, 4), (70, 100)),
    Place.NOSE: _Frame((3, -3), (6, 4), (48, 74)),
    Place.EYE: _Frame((34, -33), (4, 4), (46, 68)),
    Place.MIDFACE: _Frame((0, -8), (6, 7), (100, 150)),
    Place.BACK: _Frame((0, 0), (15, 15), (70, 130), 0.4),
    Place.FOLD: _Frame((0, 0), (6, 6), (75, 125), 0.5),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The skin of one place, ready for lesions."""

    place: Place
    skin: Skin
    face: Proportions | None
    creases: tuple[Points, ...]


def pick(rng: np.random.Generator, weights: Mapping[Place, float]) -> Place:
    """A place by weight."""
    shares = np.array(list(weights.values()))
    return list(weights)[int(rng.choice(len(shares), p=shares / shares.sum()))]


def set_stage(
    place: Place, tone: Tone, rng: np.random.Generator, *, pores: float, oil: float, bulb: float = 0.0
) -> Stage:
    """Draw healthy skin at a place.

    `pores` is how large they are and `oil` how much the skin shines, 0 to about 1; `bulb` is how swollen the nose is,
    0 to 1.
    """
    frame = _FRAMES[place]
    mirror = -1 if rng.random() < 0.5 else 1
    x, y = rng.normal(frame.centre, frame.spread)
    angle = rng.normal(0, frame.turn)
    view = View((float(mirror * x), float(y)), rng.uniform(*frame.width_mm), angle)
    skin = Skin(tone, view, rng)
    _draw_surface(skin, pores=pores, oil=oil)
    face: Proportions | None = None
    creases: tuple[Points, ...] = ()
    if place is Place.BACK:
        _draw_back(skin)
    elif place is Place.FOLD:
        creases = draw_fold(skin)
    else:
        face = Proportions.random(rng, bulb=bulb)
        draw_face(skin, face)
    if rng.random() < 0.4:
        draw_fine_hair(skin, int(rng.integers(20, 160)))
    return Stage(place, skin, face, creases)


def _draw_back(skin: Skin) -> None:
    """The middle of a back or of a chest: broad and gently curved, with a furrow."""
    rng = skin.rng
    x, y = skin.coarse()
    furrow = rng.uniform(-30, 30)
    skin.relief += smooth(-(x**2 + 0.4 * y**2) / 320 - rng.uniform(1, 4) * np.exp(-(((x - furrow) / 13) ** 2)))
    blade = rng.choice([-1, 1]) * rng.uniform(35, 60)
    skin.relief += smooth(4 * np.exp(-(((x - blade) / 18) ** 2 + ((y - 15) / 30) ** 2)))
    skin.shade += smooth(0.12 * np.exp(-(((x - furrow) / 9) ** 2)))


def _draw_surface(skin: Skin, *, pores: float, oil: float) -> None:
    """What all skin has: pores, furrows, unevenness of colour, moles and freckles."""
    rng, textures = skin.rng, grain()

    def piece(of: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return textures.piece(getattr(textures, of), rng, HEIGHT_PX, WIDTH_PX)

    pits, mottle = piece("pores"), piece("mottle")
    per_px = np.float32(1 / skin.view.px_per_mm)
    skin.relief += piece("furrows") * (np.float32(0.04) * per_px * 3) - pits * (per_px * np.float32(1.1 * pores))
    skin.shade += pits * np.float32(0.22 * pores)
    patches = piece("blotches")
    skin.blood += np.float32(0.27) + patches * np.float32(0.05) + mottle * np.float32(0.035)
    skin.melanin += patches[::-1, ::-1] * np.float32(0.05) + mottle[::-1] * np.float32(0.03)
    skin.gloss += (np.float32(0.05 + 0.3 * oil) * (1 + np.float32(0.2) * mottle[:, ::-1])).clip(0, None)
    _moles(skin)
    if rng.random() < 0.3 * (1 - skin.tone.depth):
        _freckles(skin)


def _moles(skin: Skin) -> None:
    for _ in range(int(skin.rng.poisson(0.8))):
        mole = skin.spot(_anywhere(skin), skin.rng.uniform(0.5, 1.6), wobble=0.15)
        skin.melanin[mole.box] += mole.disc(0.5) * np.float32(skin.rng.uniform(0.5, 1.4))


def _freckles(skin: Skin) -> None:
    for _ in range(int(skin.rng.integers(20, 60))):
        freckle = skin.spot(_anywhere(skin), skin.rng.uniform(0.4, 1.0), wobble=0.2, reach=1.6)
        skin.melanin[freckle.box] += freckle.soft(2.5) * np.float32(skin.rng.uniform(0.1, 0.35))


def _anywhere(skin: Skin) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return skin.view.to_mm(skin.rng.uniform(0, 1, 2) * (WIDTH_PX, HEIGHT_PX))
