"""Perioral dermatitis: small red bumps around the mouth that leave a clear rim at the lips."""

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Place, pick, set_stage
from sample_site.lesions.papules import draw_papule, draw_pustule
from sample_site.lesions.scatter import lip_distance, scatter
from sample_site.skin import Points, Skin, smooth
from sample_site.tones import Tone


def draw_perioral_dermatitis(tone: Tone, rng: np.random.Generator) -> Skin:
    """Grouped small papules on reddened, slightly scaly skin around the mouth."""
    place = pick(rng, {Place.MOUTH: 7, Place.CHIN: 2.5})
    stage = set_stage(place, tone, rng, pores=rng.uniform(0.2, 0.7), oil=rng.uniform(0.05, 0.5))
    skin = stage.skin
    tilt, gap_mm = rng.normal(0, 0.35), rng.uniform(3.0, 5.5)
    reach_mm = rng.uniform(7, 12)

    def band(points: Points) -> npt.NDArray[np.float64]:
        flat = points.reshape(-1, 2)
        beyond = lip_distance(stage, flat) - gap_mm
        sided = (1 + tilt * np.sign(flat[:, 0]) * np.minimum(1, np.abs(flat[:, 0]) / 15)).clip(0.15, 1)
        near = (beyond / 2).clip(0, 1) * np.exp(-((beyond / reach_mm) ** 2)) * sided
        inside: npt.NDArray[np.float64] = near.reshape(points.shape[:-1])
        return inside

    skin.blood += smooth(band(np.stack(skin.coarse(), axis=-1)) * rng.uniform(0.15, 0.55))
    for at in scatter(stage, int(rng.integers(30, 85)), 1.6, band):
        draw_papule(skin, at, rng.uniform(0.55, 1.15), redness=rng.uniform(0.8, 1.5))
    for at in scatter(stage, int(rng.integers(0, 5)), 3.0, band):
        draw_pustule(skin, at, rng.uniform(0.6, 1.0))
    for at in scatter(stage, int(rng.integers(0, 30)), 1.2, band):
        _draw_scale(skin, at, rng.uniform(0.4, 1.0))
    return skin


def _draw_scale(skin: Skin, at: npt.ArrayLike, radius_mm: float) -> None:
    flake = skin.spot(at, radius_mm, aspect=1.3, angle=skin.rng.uniform(0, 3), wobble=0.3)
    pale = np.array([0.62, 0.57, 0.52], dtype=np.float32)
    skin.cover(flake.box, skin.tone.under_skin(pale, 0.9), flake.disc(0.6) * np.float32(skin.rng.uniform(0.1, 0.3)))
