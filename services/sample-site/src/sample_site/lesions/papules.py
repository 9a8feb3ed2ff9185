"""Inflamed bumps: papules, pustules, and pustular acne, which is made of both."""

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Place, pick, set_stage
from sample_site.lesions.scatter import clusters, scatter
from sample_site.skin import Skin
from sample_site.tones import Tone

_PUS = np.array([[1.00, 0.84, 0.50], [1.05, 0.94, 0.72], [0.95, 0.76, 0.36]], dtype=np.float32)
"""Linear RGB, from yellow-white to yellow, before the skin above takes its part."""


def draw_pustular_acne(tone: Tone, rng: np.random.Generator) -> Skin:
    """White to yellow tips in red haloes, with papules and the marks that older ones left."""
    weights = {Place.CHEEK: 4, Place.CHIN: 3, Place.FOREHEAD: 2, Place.BACK: 1.5, Place.MOUTH: 0.5, Place.MIDFACE: 0.3}
    stage = set_stage(pick(rng, weights), tone, rng, pores=rng.uniform(0.3, 1), oil=rng.uniform(0.3, 0.9))
    skin = stage.skin
    near = clusters(stage, int(rng.integers(1, 4)), skin.view.width_mm * rng.uniform(0.18, 0.35))
    for at in scatter(stage, int(rng.integers(2, 12)), 4.0):
        draw_mark(skin, at, rng.uniform(1.0, 2.4))
    for at in scatter(stage, int(rng.integers(3, 12)), 3.5, near):
        draw_papule(skin, at, rng.uniform(1.0, 2.0), redness=rng.uniform(0.8, 1.5))
    for at in scatter(stage, int(rng.integers(6, 22)), 4.2, near):
        draw_pustule(skin, at, rng.uniform(1.1, 2.3))
    return skin


def draw_papule(skin: Skin, at: npt.ArrayLike, radius_mm: float, *, redness: float) -> None:
    """A red bump without a tip; on dark skin it is brown to violet."""
    bump = skin.spot(at, radius_mm, aspect=skin.rng.uniform(1, 1.15), angle=skin.rng.uniform(0, 3), wobble=0.12)
    flush = bump.disc(0.7) * np.float32(0.55) + bump.soft(0.9) * np.float32(0.6)
    skin.blood[bump.box] += flush * np.float32(redness)
    skin.venous[bump.box] += flush * np.float32(0.3 * redness * skin.tone.depth)
    skin.relief[bump.box] += bump.dome() * np.float32(radius_mm * 0.45)
    skin.gloss[bump.box] += bump.dome() * np.float32(0.10)


def draw_pustule(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """A bump with pus in its tip and a flush around it; `radius_mm` is that of the bump."""
    rng = skin.rng
    halo = skin.spot(at, radius_mm * rng.uniform(1.5, 2.3), wobble=0.2)
    flush = halo.soft(1.5) * np.float32(rng.uniform(0.9, 1.6))
    skin.blood[halo.box] += flush
    skin.venous[halo.box] += flush * np.float32(0.3 * skin.tone.depth)
    bump = skin.spot(at, radius_mm, wobble=0.08)
    skin.relief[bump.box] += bump.dome() * np.float32(radius_mm * 0.55)
    skin.gloss[bump.box] += bump.dome() * np.float32(0.18)
    middle = np.asarray(at) + rng.normal(0, 0.12, 2) * radius_mm
    tip = skin.spot(middle, radius_mm * rng.uniform(0.5, 0.75), wobble=0.12)
    colour = skin.tone.under_skin(_PUS[int(rng.integers(len(_PUS)))], 0.87)
    skin.cover(tip.box, colour, tip.disc(0.5) * np.float32(rng.uniform(0.75, 0.95)))


def draw_mark(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """What a healed lesion leaves: a pink mark on light skin, a brown one on dark skin."""
    mark = skin.spot(at, radius_mm, wobble=0.25)
    faded = mark.disc(0.8) * np.float32(skin.rng.uniform(0.2, 0.5))
    skin.blood[mark.box] += faded * np.float32(1 - 0.6 * skin.tone.depth)
    skin.melanin[mark.box] += faded * np.float32(0.25 + 0.9 * skin.tone.depth)
