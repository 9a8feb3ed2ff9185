"""Deep lesions: nodules and cysts, and cystic acne, which is made of them."""

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Place, pick, set_stage
from sample_site.lesions.papules import draw_mark, draw_papule, draw_pustule
from sample_site.lesions.scatter import scatter
from sample_site.skin import Skin
from sample_site.tones import Tone

PUS = np.array([0.92, 0.74, 0.38], dtype=np.float32)
"""Linear RGB, before the skin above takes its part."""

_CRUST = np.array([0.10, 0.028, 0.016], dtype=np.float32)
"""The same of dried blood."""


def draw_cystic_acne(tone: Tone, rng: np.random.Generator) -> Skin:
    """Large deep-red to violet swellings, some run together, between scars and smaller lesions."""
    weights = {Place.CHEEK: 4, Place.BACK: 3.5, Place.CHIN: 2, Place.FOREHEAD: 1, Place.MIDFACE: 0.2}
    stage = set_stage(pick(rng, weights), tone, rng, pores=rng.uniform(0.3, 1), oil=rng.uniform(0.3, 1))
    skin = stage.skin
    for at in scatter(stage, int(rng.integers(2, 10)), 4.0):
        draw_mark(skin, at, rng.uniform(1.5, 4.0))
    for at in scatter(stage, int(rng.integers(0, 14)), 2.5):
        draw_pit(skin, at, rng.uniform(0.5, 1.3))
    for at in scatter(stage, int(rng.integers(3, 9)), skin.view.width_mm * 0.13):
        radius = rng.uniform(3.2, 7.0)
        draw_nodule(skin, at, radius)
        if rng.random() < 0.35:
            step = rng.uniform(0, 6.28)
            beside = at + np.array([np.cos(step), np.sin(step)]) * radius * 1.35
            draw_nodule(skin, beside, radius * rng.uniform(0.6, 0.9))
    for at in scatter(stage, int(rng.integers(1, 8)), 4.0):
        draw_papule(skin, at, rng.uniform(1.0, 2.0), redness=1.1)
    for at in scatter(stage, int(rng.integers(0, 5)), 5.0):
        draw_pustule(skin, at, rng.uniform(1.2, 2.0))
    return skin


def draw_nodule(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """A deep swelling with taut skin, red at its rim and violet in its middle; some have a head or a crust."""
    rng = skin.rng
    lump = skin.spot(at, radius_mm, aspect=rng.uniform(1, 1.25), angle=rng.uniform(0, 3), wobble=0.14)
    skin.relief[lump.box] += lump.soft(1.8) * np.float32(radius_mm * rng.uniform(0.22, 0.40))
    deep = np.float32(rng.uniform(0.7, 1.25))
    skin.blood[lump.box] += lump.soft(1.1) * deep * np.float32(0.75)
    skin.venous[lump.box] += (lump.disc(0.6) * np.float32(0.5) + lump.soft(2.0) * np.float32(0.5)) * deep
    skin.gloss[lump.box] += lump.soft(2.5) * np.float32(rng.uniform(0.05, 0.25))
    end = rng.random()
    head = skin.spot(np.asarray(at) + rng.normal(0, 0.2, 2) * radius_mm, radius_mm * rng.uniform(0.16, 0.3), wobble=0.2)
    if end < 0.25:
        skin.cover(head.box, skin.tone.under_skin(PUS, 0.87), head.disc(0.8) * np.float32(0.8))
    elif end < 0.45:
        skin.cover(head.box, skin.tone.under_skin(_CRUST, 0.85), head.disc(0.7) * np.float32(0.8))
        skin.relief[head.box] += head.disc(0.8) * np.float32(0.4)


def draw_pit(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """A small sunken scar."""
    pit = skin.spot(at, radius_mm, aspect=skin.rng.uniform(1, 1.5), angle=skin.rng.uniform(0, 3), wobble=0.2)
    skin.relief[pit.box] -= pit.soft(1.8) * np.float32(radius_mm * 0.55)
    skin.shade[pit.box] += pit.soft(3) * np.float32(0.22)
