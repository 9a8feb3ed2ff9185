"""Milia: tiny hard white beads under the surface, mostly around the eyes."""

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Place, Stage, pick, set_stage
from sample_site.lesions.scatter import Liking, clusters, scatter
from sample_site.skin import Points, Skin
from sample_site.tones import Tone

_PEARL = np.array([1.12, 1.07, 0.96], dtype=np.float32)
"""Linear RGB, before the skin above takes its part."""


def draw_milia(tone: Tone, rng: np.random.Generator) -> Skin:
    """A handful or a crowd of pearly beads on quiet skin, without redness."""
    place = pick(rng, {Place.EYE: 8, Place.CHEEK: 0.7})
    stage = set_stage(place, tone, rng, pores=rng.uniform(0.1, 0.6), oil=rng.uniform(0.05, 0.5))
    liking = _around_eye(stage) if place is Place.EYE else clusters(stage, 2, stage.skin.view.width_mm * 0.2)
    for at in scatter(stage, int(rng.integers(7, 32)), 1.5, liking):
        draw_milium(stage.skin, at, rng.uniform(0.45, 0.95))
    return stage.skin


def draw_milium(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    """One bead: sharply bounded, bright and shiny."""
    bead = skin.spot(at, radius_mm, wobble=0.05)
    skin.relief[bead.box] += bead.dome() * np.float32(radius_mm * 0.75)
    skin.gloss[bead.box] += bead.dome() * np.float32(0.35)
    skin.shade[bead.box] += bead.ring(1.15, 0.18) * np.float32(0.15)
    skin.cover(bead.box, skin.tone.under_skin(_PEARL, 0.9), bead.disc(0.35) * np.float32(skin.rng.uniform(0.65, 0.9)))


def _around_eye(stage: Stage) -> Liking:
    distance_mm = 31.0 if stage.face is None else stage.face.eye_distance

    def liking(points: Points) -> npt.NDArray[np.float64]:
        x, y = np.abs(points[:, 0]) - distance_mm, points[:, 1] + 41
        below = np.exp(-((x / 17) ** 2 + ((y - 12) / 7) ** 2))
        above = 0.5 * np.exp(-((x / 14) ** 2 + ((y + 8) / 3) ** 2))
        near: npt.NDArray[np.float64] = (below + above).clip(0, 1)
        return near

    return liking
