"""What all skin has: pores, furrows, unevenness of colour, moles and freckles."""

import numpy as np

from sample_site.grain import grain
from sample_site.skin import HEIGHT_PX, WIDTH_PX, Skin


def draw_surface(skin: Skin, *, pores: float, oil: float) -> None:
    """Give the canvas its texture, before anything else is drawn; arguments as for `stage.set_stage`."""
    rng, textures = skin.rng, grain()
    fine_mm = np.float32(0.04)

    def piece(of: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return textures.piece(getattr(textures, of), rng, HEIGHT_PX, WIDTH_PX)

    pits, mottle = piece("pores"), piece("mottle")
    per_px = np.float32(1 / skin.view.px_per_mm)
    skin.relief += piece("furrows") * (fine_mm * per_px * 3) - pits * (per_px * np.float32(1.1 * pores))
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
