"""Hidradenitis suppurativa: deep nodules in skin folds, tunnels that drain, and rope-like scars."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Place, Stage, set_stage
from sample_site.lesions.comedones import draw_open_comedo
from sample_site.lesions.nodules import PUS, draw_nodule
from sample_site.lesions.papules import draw_mark
from sample_site.lesions.scatter import Liking, scatter
from sample_site.skin import Points, Skin
from sample_site.tones import Tone

_RAW = np.array([0.20, 0.018, 0.018], dtype=np.float32)
"""Linear RGB of raw flesh in shadow."""


def draw_hidradenitis(tone: Tone, rng: np.random.Generator) -> Skin:
    """Nodules along the creases, some joined by tunnels with wet openings, among scars and paired blackheads."""
    stage = set_stage(Place.FOLD, tone, rng, pores=rng.uniform(0.2, 0.8), oil=rng.uniform(0.1, 0.6))
    skin, along = stage.skin, _near_fold(stage)
    for at in scatter(stage, int(rng.integers(2, 9)), 5.0, along):
        draw_mark(skin, at, rng.uniform(2.0, 6.0))
    for at in scatter(stage, int(rng.integers(1, 5)), 9.0, along):
        _draw_rope(skin, at)
    nodules = scatter(stage, int(rng.integers(3, 8)), 11.0, along)
    for one, other in pairwise(nodules):
        if np.hypot(*(one - other)) < 38 and rng.random() < 0.6:
            _draw_tunnel(skin, one, other)
    for at in nodules:
        draw_nodule(skin, at, rng.uniform(3.5, 8.0))
    for at in scatter(stage, int(rng.integers(1, 6)), 7.0, along):
        _draw_opening(skin, at, rng.uniform(0.9, 2.0))
    for at in scatter(stage, int(rng.integers(0, 6)), 4.0, along):
        draw_open_comedo(skin, at, rng.uniform(0.7, 1.2))
        draw_open_comedo(skin, at + rng.normal(0, 1.0, 2) + (1.8, 0.0), rng.uniform(0.7, 1.2))
    return skin


def _near_fold(stage: Stage) -> Liking:
    crease = np.concatenate(stage.creases)

    def liking(points: Points) -> npt.NDArray[np.float64]:
        distance = np.hypot(*(points[:, None] - crease[None]).transpose(2, 0, 1)).min(axis=1)
        near: npt.NDArray[np.float64] = np.exp(-((distance / 16) ** 2))
        return near

    return liking


def _draw_tunnel(skin: Skin, start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> None:
    """A tunnel under the skin: a swollen, violet ridge."""
    bow = np.array([end[1] - start[1], start[0] - end[0]]) * skin.rng.uniform(-0.2, 0.2)
    t = np.linspace(0, 1, 13)[:, None]
    path = start + (end - start) * t + bow * 4 * t * (1 - t)
    ridge = skin.stencil([path], width_mm=skin.rng.uniform(4, 7), blur_mm=1.8)
    skin.relief[ridge.box] += ridge.alpha * np.float32(1.8)
    skin.blood[ridge.box] += ridge.alpha * np.float32(0.45)
    skin.venous[ridge.box] += ridge.alpha * np.float32(0.5)


def _draw_rope(skin: Skin, at: npt.NDArray[np.float64]) -> None:
    """A thick raised scar, paler and shinier than its surroundings."""
    rng = skin.rng
    angle, half = rng.normal(0, 0.5), rng.uniform(5, 13)
    t = np.linspace(-1, 1, 13)
    run = np.stack([t * half, rng.uniform(-2.5, 2.5) * t * t + rng.normal(0, 0.25, 13)], 1)
    cos, sin = np.cos(angle), np.sin(angle)
    path = at + run @ np.array([[cos, sin], [-sin, cos]])
    for width_mm, blur_mm, share in ((4.5, 1.6, 0.5), (2.0, 0.8, 0.5)):
        rope = skin.stencil([path], width_mm=width_mm, blur_mm=blur_mm)
        alpha = rope.alpha * np.float32(share)
        skin.relief[rope.box] += alpha * np.float32(1.1)
        skin.melanin[rope.box] -= alpha * np.float32(0.22)
        skin.blood[rope.box] += alpha * np.float32(0.35)
        skin.gloss[rope.box] += alpha * np.float32(0.2)


def _draw_opening(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """Where a tunnel drains: a wet dark-red hole, with pus in some."""
    rng = skin.rng
    rim = skin.spot(at, radius_mm * 1.9, aspect=1.2, angle=rng.uniform(0, 3), wobble=0.2)
    skin.blood[rim.box] += rim.soft(1.4) * np.float32(1.3)
    skin.venous[rim.box] += rim.soft(1.4) * np.float32(0.7)
    skin.relief[rim.box] += rim.ring(0.8, 0.4) * np.float32(0.6)
    hole = skin.spot(at, radius_mm, aspect=1.3, angle=rng.uniform(0, 3), wobble=0.25)
    skin.cover(hole.box, skin.tone.under_skin(_RAW, 0.85), hole.disc(0.5) * np.float32(0.85))
    skin.gloss[hole.box] += hole.disc(0.5) * np.float32(0.5)
    if rng.random() < 0.5:
        drop = skin.spot(np.asarray(at) + rng.normal(0, 0.3, 2) * radius_mm, radius_mm * 0.5, wobble=0.3)
        skin.cover(drop.box, skin.tone.under_skin(PUS, 0.87), drop.disc(0.5) * np.float32(0.85))
