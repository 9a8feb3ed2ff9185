"""Comedonal acne: open comedones (blackheads) and closed ones (whiteheads)."""

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Place, Stage, pick, set_stage
from sample_site.lesions.papules import draw_papule
from sample_site.lesions.scatter import clusters, scatter
from sample_site.skin import Skin
from sample_site.tones import Tone

_PLUG = np.array([0.016, 0.010, 0.006], dtype=np.float32)
"""Linear RGB of oxidised keratin, darker than any skin."""
_KERATIN = np.array([0.95, 0.86, 0.72], dtype=np.float32)
"""The same where no air has reached it."""


def draw_open_comedones(tone: Tone, rng: np.random.Generator) -> Skin:
    """Dark plugs in widened pores of oily skin, mostly about the nose, on cheeks, forehead, chin or back."""
    weights = {Place.NOSE: 3, Place.CHEEK: 3, Place.FOREHEAD: 2, Place.CHIN: 2, Place.BACK: 1.5}
    stage = set_stage(pick(rng, weights), tone, rng, pores=rng.uniform(0.5, 1.2), oil=rng.uniform(0.4, 1))
    near = clusters(stage, int(rng.integers(1, 4)), stage.skin.view.width_mm * rng.uniform(0.12, 0.3))
    for at in scatter(stage, int(rng.integers(14, 55)), 1.7, near):
        draw_open_comedo(stage.skin, at, min(1.3, float(rng.lognormal(-0.5, 0.35))))
    _company(stage, closed=int(rng.integers(0, 7)), red=int(rng.integers(0, 4)))
    return stage.skin


def draw_closed_comedones(tone: Tone, rng: np.random.Generator) -> Skin:
    """Many small pale domes without redness, on forehead, cheeks and chin."""
    weights = {Place.FOREHEAD: 4, Place.CHEEK: 3, Place.CHIN: 2.5, Place.EYE: 0.4, Place.BACK: 0.5}
    stage = set_stage(pick(rng, weights), tone, rng, pores=rng.uniform(0.2, 0.9), oil=rng.uniform(0.2, 0.9))
    near = clusters(stage, int(rng.integers(1, 4)), stage.skin.view.width_mm * rng.uniform(0.15, 0.35))
    for at in scatter(stage, int(rng.integers(22, 75)), 2.0, near):
        draw_closed_comedo(stage.skin, at, rng.uniform(0.7, 1.5))
    for at in scatter(stage, int(rng.integers(0, 4)), 2.0):
        draw_open_comedo(stage.skin, at, rng.uniform(0.4, 0.7))
    _company(stage, closed=0, red=int(rng.integers(0, 4)))
    return stage.skin


def draw_open_comedo(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """One blackhead; `radius_mm` is that of its rim."""
    pore = skin.spot(at, radius_mm, aspect=skin.rng.uniform(1, 1.15), angle=skin.rng.uniform(0, 3), wobble=0.12)
    skin.relief[pore.box] += (pore.ring(1.05, 0.45) * 0.17 - pore.soft(4) * 0.22) * np.float32(radius_mm)
    paler = np.float32(0.06 + 0.40 * skin.tone.depth)
    skin.melanin[pore.box] += pore.ring(0.8, 0.35) * np.float32(0.25) - pore.ring(1.25, 0.3) * paler
    plug = skin.spot(at, radius_mm * skin.rng.uniform(0.55, 0.8), wobble=0.18)
    alpha = plug.disc(0.7) * np.float32(skin.rng.uniform(0.75, 0.95))
    skin.cover(plug.box, _PLUG * np.float32(skin.rng.uniform(0.5, 2.5) * (1 - 0.6 * skin.tone.depth)), alpha)
    skin.gloss[plug.box] *= 1 - alpha


def draw_closed_comedo(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """One whitehead: a dome of the skin's own colour, a little paler in the middle."""
    bump = skin.spot(at, radius_mm, aspect=skin.rng.uniform(1, 1.12), angle=skin.rng.uniform(0, 3), wobble=0.08)
    skin.relief[bump.box] += bump.dome() * np.float32(radius_mm * 0.62)
    skin.melanin[bump.box] -= bump.soft(2) * np.float32(0.20)
    skin.blood[bump.box] -= bump.soft(2) * np.float32(0.10)
    skin.gloss[bump.box] += bump.dome() * np.float32(0.14)
    skin.shade[bump.box] += bump.ring(1.08, 0.16) * np.float32(0.10)
    skin.cover(bump.box, skin.tone.under_skin(_KERATIN, 0.9), bump.soft(5) * np.float32(0.28))


def _company(stage: Stage, *, closed: int, red: int) -> None:
    """Acne seldom comes alone."""
    for at in scatter(stage, closed, 2.5):
        draw_closed_comedo(stage.skin, at, stage.skin.rng.uniform(0.6, 1.2))
    for at in scatter(stage, red, 5.0):
        draw_papule(stage.skin, at, stage.skin.rng.uniform(0.9, 1.7), redness=0.9)
