"""Rosacea: lasting redness of the central face with visible vessels, and the swollen nose it can lead to."""

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Place, Stage, pick, set_stage
from sample_site.grain import grain
from sample_site.lesions.papules import draw_papule, draw_pustule
from sample_site.lesions.scatter import Liking, scatter
from sample_site.skin import HEIGHT_PX, WIDTH_PX, Point, Points, Skin, smooth
from sample_site.tones import Tone

_STEP_MM = 0.9
"""Of a vessel's walk."""


def draw_rosacea(tone: Tone, rng: np.random.Generator) -> Skin:
    """Diffuse redness of cheeks, nose, chin and forehead with fine branching vessels and some papules."""
    weights = {Place.MIDFACE: 6, Place.CHEEK: 3.5}
    stage = set_stage(pick(rng, weights), tone, rng, pores=rng.uniform(0.2, 0.8), oil=rng.uniform(0.1, 0.6))
    _flush(stage, strength=rng.uniform(0.5, 1.25), zone=central_face)
    _draw_vessels(stage, int(rng.integers(10, 34)), central_face)
    bumps = int(rng.choice([0, 4, 14]))
    for at in scatter(stage, bumps, 3.5, central_face):
        draw_papule(stage.skin, at, rng.uniform(0.8, 1.6), redness=rng.uniform(0.6, 1.1))
    for at in scatter(stage, bumps // 4, 5.0, central_face):
        draw_pustule(stage.skin, at, rng.uniform(0.9, 1.4))
    return stage.skin


def draw_rosacea_nose(tone: Tone, rng: np.random.Generator) -> Skin:
    """A red nose, from flushed with vessels to large, bulbous and lobed, with dilated pores (rhinophyma)."""
    bulb = rng.uniform(0.25, 1)
    zone = nose(bulb)
    place = pick(rng, {Place.NOSE: 9, Place.MIDFACE: 0.8})
    stage = set_stage(place, tone, rng, pores=rng.uniform(0.6, 1.2), oil=rng.uniform(0.3, 0.9), bulb=bulb)
    _flush(stage, strength=rng.uniform(0.6, 1.3), zone=zone)
    _flush(stage, strength=rng.uniform(0, 0.4), zone=central_face)
    skin = stage.skin
    for at in scatter(stage, round(bulb * 13), 3.0, zone):
        lobe = skin.spot(at, rng.uniform(2.2, 4.8), wobble=0.2)
        skin.relief[lobe.box] += lobe.soft(1.8) * np.float32(rng.uniform(0.4, 1.5) * (0.4 + bulb))
        skin.venous[lobe.box] += lobe.soft(1.6) * np.float32(rng.uniform(0, 0.25))
    for at in scatter(stage, int(rng.integers(30, 90)), 1.1, zone):
        pore = skin.spot(at, rng.uniform(0.3, 0.65), wobble=0.2)
        skin.relief[pore.box] -= pore.soft(2) * np.float32(0.3)
        skin.shade[pore.box] += pore.soft(2) * np.float32(rng.uniform(0.25, 0.6))
    _draw_vessels(stage, int(rng.integers(6, 22)), zone)
    return skin


def central_face(points: Points) -> npt.NDArray[np.float64]:
    """Where rosacea reddens: convex parts of the central face; not around eyes and mouth."""
    x, y = np.abs(points[..., 0]), points[..., 1]
    cheeks = np.exp(-(((x - 36) / 22) ** 2 + ((y - 5) / 24) ** 2))
    zone = cheeks + 0.9 * nose(0)(points)
    zone += 0.6 * np.exp(-((x / 15) ** 2 + ((y - 64) / 12) ** 2)) + 0.7 * np.exp(
        -((x / 30) ** 2 + ((y + 80) / 17) ** 2)
    )
    spared = 1 - 0.8 * np.exp(-(((x - 31) / 15) ** 2 + ((y + 38) / 9) ** 2))
    spared = spared * (1 - 0.7 * np.exp(-((x / 27) ** 2 + ((y - 34) / 13) ** 2)))
    return (zone * spared).clip(0, 1)


def nose(bulb: float) -> Liking:
    """The nose, from the bridge to the wings, which lie further out the more it is swollen."""

    def liking(points: Points) -> npt.NDArray[np.float64]:
        x, y = np.abs(points[..., 0]), points[..., 1]
        tip = np.exp(-((x / (18 + 9 * bulb)) ** 4) - ((y - 1 - bulb) / (11 + 3 * bulb)) ** 4)
        bridge = np.exp(-((x / 9) ** 2 + ((y + 18) / 17) ** 2))
        near: npt.NDArray[np.float64] = (tip + 0.8 * bridge).clip(0, 1)
        return near

    return liking


def _flush(stage: Stage, *, strength: float, zone: Liking) -> None:
    skin, textures = stage.skin, grain()
    x, y = skin.coarse()
    where = smooth(zone(np.stack([x, y], axis=-1)))
    uneven = 1 + np.float32(0.13) * textures.piece(textures.mottle, skin.rng, HEIGHT_PX, WIDTH_PX)
    patchy = 1 + np.float32(0.32) * textures.piece(textures.blotches, skin.rng, HEIGHT_PX, WIDTH_PX)
    flush = where * (uneven * patchy).clip(0.2, None) * np.float32(strength)
    skin.blood += flush
    skin.venous += flush * np.float32(0.12 + 0.3 * skin.tone.depth)


def _draw_vessels(stage: Stage, count: int, liking: Liking) -> None:
    """Draw fine visible vessels (telangiectasia) that start where `liking` says, and their branches."""
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
