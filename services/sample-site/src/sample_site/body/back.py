"""A back or chest: broad and gently curved, with a furrow and a few moles."""

import numpy as np

from sample_site.skin import Skin, smooth


def draw_back(skin: Skin) -> None:
    """Draw the middle of a back or of a chest."""
    rng = skin.rng
    x, y = skin.coarse()
    furrow = rng.uniform(-30, 30)
    skin.relief += smooth(-(x**2 + 0.4 * y**2) / 320 - rng.uniform(1, 4) * np.exp(-(((x - furrow) / 13) ** 2)))
    blade = rng.choice([-1, 1]) * rng.uniform(35, 60)
    skin.relief += smooth(4 * np.exp(-(((x - blade) / 18) ** 2 + ((y - 15) / 30) ** 2)))
    skin.shade += smooth(0.12 * np.exp(-(((x - furrow) / 9) ** 2)))
