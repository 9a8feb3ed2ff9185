"""Where lesions lie: random places in view, thinned by where a condition likes to be and by what is in the way."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sample_site.body.stage import Stage
from sample_site.skin import HEIGHT_PX, WIDTH_PX, Points

Liking = Callable[[Points], npt.NDArray[np.float64]]
"""How likely a lesion is at each of [n, 2] points in mm: [n], 0 to 1."""

MARGIN = 0.12
"""Share of the canvas along each edge that some shots cut off."""
LIP_HALF_HEIGHT_MM, LIP_MARGIN_MM = 9.0, 1.5
_TRIES = 12


def scatter(stage: Stage, count: int, apart_mm: float, liking: Liking | None = None) -> Points:
    """Up to `count` places for lesions on bare skin in view, [n, 2] in mm, at least `apart_mm` from each other.

    Eyes, lips, hair and cloth are left out; fewer come where there's no room.
    """
    skin, rng = stage.skin, stage.skin.rng
    share = rng.uniform(MARGIN, 1 - MARGIN, (count * _TRIES, 2))
    px = share * (WIDTH_PX, HEIGHT_PX)
    points = skin.view.to_mm(px)
    rows, columns = px[:, 1].astype(int), px[:, 0].astype(int)
    chance = (skin.opacity[rows, columns] < 0.3) * (lip_distance(stage, points) > LIP_MARGIN_MM)
    if liking is not None:
        chance = chance * liking(points)
    candidates = points[rng.random(len(points)) < chance]
    chosen, found = np.empty((count, 2)), 0
    for point in candidates:
        if found == count:
            break
        if not found or ((chosen[:found] - point) ** 2).sum(axis=1).min() >= apart_mm**2:
            chosen[found] = point
            found += 1
    return chosen[:found]


def clusters(stage: Stage, count: int, spread_mm: float) -> Liking:
    """A liking for the surroundings of a few random points."""
    skin = stage.skin
    share = skin.rng.uniform(0.25, 0.75, (count, 2))
    centres = skin.view.to_mm(share * (WIDTH_PX, HEIGHT_PX))

    def liking(points: Points) -> npt.NDArray[np.float64]:
        distance = np.hypot(*(points[:, None] - centres[None]).transpose(2, 0, 1)).min(axis=1)
        near: npt.NDArray[np.float64] = 0.06 + 0.94 * np.exp(-((distance / spread_mm) ** 2))
        return near

    return liking


def lip_distance(stage: Stage, points: Points) -> npt.NDArray[np.float64]:
    """Distance from the border of the lips in mm, [n]; negative on the lips.

    The lips are taken for an ellipse, and the distance to it is exact near its border only (Quilez, "Ellipsoid SDF").
    """
    if stage.face is None:
        return np.full(len(points), np.inf)
    axes = np.array([stage.face.mouth_half_width + 0.5, LIP_HALF_HEIGHT_MM])
    offset = points - (0, stage.face.mouth_y + 1)
    near, steep = np.hypot(*(offset / axes).T), np.hypot(*(offset / axes**2).T)
    distance: npt.NDArray[np.float64] = near * (near - 1) / steep.clip(1e-9)
    return distance
