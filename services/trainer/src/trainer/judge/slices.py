"""How parts of the test images fare: by skin tone, with their counts, and no figure where there are too few to tell."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.measures import SliceMeasure
from trainer.data.skin_tone import tone_of
from trainer.judge.metrics import share_interval

MIN_IMAGES = 20
MIN_GROUPS = 8
"""Fewer don't make an interval that means anything."""
MONK_BANDS = {"Monk 1-3": (1, 3), "Monk 4-7": (4, 7), "Monk 8-10": (8, 10)}
FITZPATRICK_BANDS = {"Fitzpatrick I-II": (1, 2), "Fitzpatrick III-IV": (3, 4), "Fitzpatrick V-VI": (5, 6)}
BY = "skin tone"


def measure_slices(items: Sequence[DatasetItem], hits: npt.NDArray[np.bool_]) -> tuple[SliceMeasure, ...]:
    """Accuracy by skin tone, by whether the model was right about each image."""
    names = np.array([skin_slice(item) for item in items])
    groups = np.array([item.group for item in items])
    known = [*MONK_BANDS, *FITZPATRICK_BANDS]
    found = [name for name in known if name in names] + sorted(set(names) - set(known))
    return tuple(_measure(name, hits[names == name], groups[names == name].tolist()) for name in found)


def skin_slice(item: DatasetItem) -> str:
    """The part that an image belongs to; what was only estimated from pixels says so."""
    whence, tone = tone_of(item.skin_tone, item.fitzpatrick, item.ita_degrees)
    match whence:
        case "monk":
            return _band(MONK_BANDS, int(tone))
        case "fitzpatrick":
            return _band(FITZPATRICK_BANDS, int(tone))
        case "estimated":
            return f"estimated {tone}"
    return "unknown"


def _band(bands: dict[str, tuple[int, int]], tone: int) -> str:
    return next(name for name, (low, high) in bands.items() if low <= tone <= high)


def _measure(name: str, hits: npt.NDArray[np.bool_], groups: Sequence[str]) -> SliceMeasure:
    count = len(set(groups))
    enough = len(hits) >= MIN_IMAGES and count >= MIN_GROUPS
    return SliceMeasure(
        by=BY,
        name=name,
        images=len(hits),
        groups=count,
        accuracy=share_interval(hits, groups) if enough else None,
        note="" if enough else f"too few to tell: {MIN_IMAGES} images in {MIN_GROUPS} groups are asked for",
    )
