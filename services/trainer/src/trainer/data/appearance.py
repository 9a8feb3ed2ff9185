"""What a dataset's pictures look like: a fingerprint, a few statistics and, where there is skin, how dark it is.

One decoding for all of them. The statistics are for telling that the data has changed, never for judging a picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from contracts.dataset import Excluded
from imaging import ImageRefusedError, inspect, upright_rgb
from objectstore import ObjectStore
from trainer.data.sightings import Image
from trainer.data.skin_tone import ita_of
from trainer.lookalikes.fingerprint import DECODED_SIDE_PX, Fingerprint, fingerprint_of
from trainer.photos import for_each_photo
from trainer.progress import Progress

STATISTICS = ("brightness", "contrast", "saturation", "sharpness", "side_px")
STATISTICS_SIDE_PX = 96


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """What one picture looks like."""

    print: Fingerprint
    statistics: tuple[float, ...]
    """In the order of `STATISTICS`."""
    ita_degrees: float | None
    """Estimated individual typology angle; None where too few pixels look like skin."""


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """The readable images and what they look like, in the same order, and the others."""

    images: tuple[Image, ...]
    prints: tuple[Fingerprint, ...]
    statistics: npt.NDArray[np.float32]
    """[N × 5], in the order of `STATISTICS`."""
    ita_degrees: tuple[float | None, ...]
    unreadable: tuple[Excluded, ...]


def look_at(store: ObjectStore, images: Sequence[Image]) -> Looks:
    """Read all images, in parallel.

    Raises:
        StoreError: if one is missing, or has other content than its name says.
    """
    progress = Progress("images read", len(images))

    def look(_: Image, data: bytes) -> Appearance | str:
        try:
            return appearance(data)
        except ImageRefusedError as error:
            return str(error)
        finally:
            progress.advance()

    readable: list[Image] = []
    prints: list[Fingerprint] = []
    statistics = np.empty((len(images), len(STATISTICS)), dtype=np.float32)
    ita: list[float | None] = []
    refused: list[Excluded] = []
    for image, seen in zip(images, for_each_photo(store, images, look), strict=True):
        if isinstance(seen, str):
            refused.append(Excluded(sha256=image.sha256, labels=(image.label,), reason=seen))
            continue
        statistics[len(readable)] = seen.statistics
        readable.append(image)
        prints.append(seen.print)
        ita.append(seen.ita_degrees)
    return Looks(tuple(readable), tuple(prints), statistics[: len(readable)], tuple(ita), tuple(refused))


def appearance(data: bytes) -> Appearance:
    """What a photo looks like.

    Raises:
        ImageRefusedError: if it can't be decoded.
    """
    facts = inspect(data)
    picture = upright_rgb(data, at_least_px=DECODED_SIDE_PX)
    small = picture.resize((STATISTICS_SIDE_PX, STATISTICS_SIDE_PX), Pillow.Resampling.BOX)
    statistics = (*_statistics(small), float(min(facts.width, facts.height)))
    return Appearance(fingerprint_of(picture), statistics, ita_of(np.asarray(small)))


def _statistics(small: Pillow.Image) -> tuple[float, float, float, float]:
    luma = np.asarray(small.convert("L"), dtype=np.float32)
    saturation = np.asarray(small.convert("HSV"), dtype=np.float32)[..., 1]
    steps = np.abs(np.diff(luma, axis=0)).mean() + np.abs(np.diff(luma, axis=1)).mean()
    return float(luma.mean()), float(luma.std()), float(saturation.mean()), float(steps / 2.0)
