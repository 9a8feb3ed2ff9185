"""Hairs: lashes, brows, the coarse hair of folds and the fine hair of everywhere else."""

import numpy as np
import numpy.typing as npt

from sample_site.skin import HEIGHT_PX, WIDTH_PX, Points, Skin

DARK_HAIR = np.array([0.012, 0.008, 0.006], dtype=np.float32)
"""Linear RGB."""
_FINE_HAIR = np.array([0.03, 0.02, 0.012], dtype=np.float32)


def draw_hairs(
    skin: Skin, roots: Points, tips: Points, bow: npt.ArrayLike, *, width_mm: float, opacity: float = 1.0
) -> None:
    """Draw dark hairs, each a smooth arc from root to tip ([n, 2] in mm).

    `bow` is how far each arc's middle lies beside the straight line, as a share of its length; [n] or one for all.
    """
    run = tips - roots
    beside = np.stack([-run[:, 1], run[:, 0]], 1) * np.reshape(bow, (-1, 1))
    t = np.linspace(0, 1, 6)[None, :, None]
    arcs = roots[:, None] + run[:, None] * t + beside[:, None] * (4 * t * (1 - t))
    hairs = skin.stencil(list(arcs), width_mm=width_mm)
    skin.cover(hairs.box, DARK_HAIR, (hairs.alpha * np.float32(1.3)).clip(0, opacity))


def draw_fine_hair(skin: Skin, count: int) -> None:
    rng = skin.rng
    half_width = skin.view.width_mm / 2
    roots = rng.uniform(-1, 1, (count, 2)) * (half_width, half_width * HEIGHT_PX / WIDTH_PX) + skin.view.centre
    angle = rng.normal(rng.uniform(0, 6.28), 0.35, count)
    ends = roots + np.stack([np.cos(angle), np.sin(angle)], 1) * rng.uniform(1.0, 4.0, (count, 1))
    hairs = skin.stencil(list(np.stack([roots, ends], 1)), width_mm=0.1)
    skin.cover(hairs.box, _FINE_HAIR, hairs.alpha * np.float32(0.6))
