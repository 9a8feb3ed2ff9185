"""The images of a dataset: every one is read once, to learn what it looks like and which others look like it.

A fingerprint, a few statistics and, where there is skin, how dark it is. The statistics are for telling that the
data has changed, never for judging a picture.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from contracts.dataset import DatasetItem, Duplicates, Excluded
from contracts.steps import say
from imaging import ImageRefusedError, inspect, upright_rgb
from objectstore import ObjectStore
from trainer.data.report import duplicates_of
from trainer.data.sightings import Image, Sighting, images_of, without_conflicts
from trainer.data.skin_tone import ita_of
from trainer.lookalikes.fingerprint import DECODED_SIDE_PX, MIN_CORRELATION, Fingerprint, fingerprint_of, thumbnail
from trainer.lookalikes.near_duplicates import join, near_pairs
from trainer.photos import for_each_photo
from trainer.progress import Progress

STATISTICS = ("brightness", "contrast", "saturation", "sharpness", "side_px")
STATISTICS_SIDE_PX = 96


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    print: Fingerprint
    statistics: tuple[float, ...]
    """In the order of `STATISTICS`."""
    ita_degrees: float | None
    """Estimated individual typology angle; None where too few pixels look like skin."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """The readable images under one label each, and all that is known of them."""

    images: tuple[Image, ...]
    alike: tuple[tuple[int, int], ...]
    """Index pairs of those that look alike."""
    ita_degrees: Mapping[str, float | None]
    """SHA-256 → estimated typology angle."""
    duplicates: Duplicates
    unreadable: tuple[Excluded, ...]
    excluded: tuple[Excluded, ...]
    """All that were left out, those that can't be read among them."""
    statistics: npt.NDArray[np.float32]
    """[N × 5], in the order of `images`."""

    def statistics_of(self, items: Sequence[DatasetItem]) -> npt.NDArray[np.float32]:
        """[M × 5], the rows of these items."""
        wanted = {item.sha256 for item in items}
        return self.statistics[[image.sha256 in wanted for image in self.images]]


def read_images(store: ObjectStore, sightings: Sequence[Sighting], classes: Collection[str]) -> ImageSet:
    """Read every image of these classes, and those that may be copies under another label once more."""
    distinct, two_labels = images_of(sightings)
    again = len(sightings) - len({each.sha256 for each in sightings})
    say(f"{len(sightings)} sightings of {len(sightings) - again} different images")
    images: list[Image] = []
    prints: list[Fingerprint] = []
    statistics: list[tuple[float, ...]] = []
    ita_degrees: dict[str, float | None] = {}
    unreadable: list[Excluded] = []
    wanted = [image for image in distinct if image.label in classes]
    for image, seen in zip(wanted, _look_at(store, wanted), strict=True):
        if isinstance(seen, str):
            unreadable.append(Excluded(sha256=image.sha256, labels=(image.label,), reason=seen))
            continue
        images.append(image)
        prints.append(seen.print)
        statistics.append(seen.statistics)
        ita_degrees[image.sha256] = seen.ita_degrees
    pairs = near_pairs(prints)
    kept, doubted = without_conflicts(images, _copies(store, images, pairs))
    position = {index: at for at, index in enumerate(kept)}
    return ImageSet(
        images=tuple(images[index] for index in kept),
        alike=tuple((position[i], position[j]) for i, j in pairs if i in position and j in position),
        ita_degrees=ita_degrees,
        duplicates=duplicates_of([image.sha256 for image in images], again, pairs),
        unreadable=tuple(unreadable),
        excluded=(*two_labels, *unreadable, *doubted),
        statistics=np.array(statistics, np.float32).reshape(-1, len(STATISTICS))[kept],
    )


def _look_at(store: ObjectStore, images: Sequence[Image]) -> Iterator[Appearance | str]:
    progress = Progress("images read", len(images))

    def look(_: Image, data: bytes) -> Appearance | str:
        try:
            return _appearance(data)
        except ImageRefusedError as error:
            return str(error)
        finally:
            progress.advance()

    return for_each_photo(store, images, look)


def _appearance(data: bytes) -> Appearance:
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


def _copies(store: ObjectStore, images: Sequence[Image], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Index pairs of images that look alike, stand under different labels and are one photo by their thumbnails, too.

    To keep two pictures in one split, a near hash is enough; to leave one out it isn't: two people's noses have near
    ones.
    """
    found: list[tuple[int, int]] = []
    for members in join(len(images), pairs):
        if len({images[index].label for index in members}) == 1:
            continue
        seen = for_each_photo(store, [images[index] for index in members], lambda _, data: thumbnail(data))
        thumbnails = np.stack(list(seen)).astype(np.float32)
        close = np.triu(thumbnails @ thumbnails.T >= MIN_CORRELATION, k=1)
        same = ((members[one], members[other]) for one, other in np.argwhere(close).tolist())
        found.extend((i, j) for i, j in same if images[i].label != images[j].label)
    return found
