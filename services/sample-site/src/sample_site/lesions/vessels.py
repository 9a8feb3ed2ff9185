"""Telangiectasia: fine, branching, visible vessels."""

import numpy as np

from sample_site.body.stage import Stage
from sample_site.lesions.scatter import Liking, scatter
from sample_site.skin import Point, Points

_STEP_MM = 0.9


def draw_vessels(stage: Stage, count: int, liking: Liking) -> None:
    """Draw vessels that start where `liking` says, and their branches."""
    skin, rng = stage.skin, stage.skin.rng
    trunks, twigs = [], []
    for at in scatter(stage, count, 2.0, liking):
        angle = rng.uniform(0, 6.28)
        trunk = _walk(rng, (float(at[0]), float(at[1])), angle, int(rng.integers(6, 16)))
        trunks.append(trunk)
        for _ in range(int(rng.integers(1, 4))):
            fork = int(rng.integers(1, len(trunk) - 1))
            turn = rng.choice([-1, 1]) * rng.uniform(0.5, 1.1)
            start = (float(trunk[fork, 0]), float(trunk[fork, 1]))
            twigs.append(_walk(rng, start, angle + turn, int(rng.integers(3, 9))))
    for lines, width_mm, density in ((trunks, 0.20, 1.5), (twigs, 0.13, 1.3)):
        vessels = skin.stencil(lines, width_mm=width_mm, blur_mm=0.05)
        skin.blood[vessels.box] += vessels.alpha * np.float32(density * (1 - 0.45 * skin.tone.depth))
        skin.venous[vessels.box] += vessels.alpha * np.float32(0.4)


def _walk(rng: np.random.Generator, start: Point, angle: float, steps: int) -> Points:
    turns = angle + np.cumsum(rng.normal(0, 0.3, steps))
    path = np.cumsum(np.stack([np.cos(turns), np.sin(turns)], 1) * _STEP_MM, axis=0)
    return np.concatenate([[start], path + start])
