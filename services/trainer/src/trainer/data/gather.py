"""What a dataset is made of: the readable images under one label each, what they look like, and which look alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem, Duplicates, Excluded
from contracts.steps import say
from objectstore import ObjectStore
from trainer.data.appearance import look_at
from trainer.data.report import duplicates_of
from trainer.data.sightings import Image, Sighting, images_of, without_conflicts
from trainer.lookalikes.fingerprint import MIN_CORRELATION, thumbnail
from trainer.lookalikes.grouping import join
from trainer.lookalikes.near_duplicates import near_pairs
from trainer.photos import for_each_photo


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Images, and all that is known of them."""

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


def gather(store: ObjectStore, sightings: Sequence[Sighting], classes: Collection[str]) -> Material:
    """Read every image of these classes, and those that may be copies under another label once more.

    Raises:
        StoreError: if one is missing, or has other content than its name says.
    """
    images, two_labels = images_of(sightings)
    again = len(sightings) - len({each.sha256 for each in sightings})
    say(f"{len(sightings)} sightings of {len(sightings) - again} different images")
    looks = look_at(store, [image for image in images if image.label in classes])
    pairs = near_pairs(looks.prints)
    kept, doubted = without_conflicts(looks.images, _copies(store, looks.images, pairs))
    position = {index: at for at, index in enumerate(kept)}
    return Material(
        images=tuple(looks.images[index] for index in kept),
        alike=tuple((position[i], position[j]) for i, j in pairs if i in position and j in position),
        ita_degrees={image.sha256: ita for image, ita in zip(looks.images, looks.ita_degrees, strict=True)},
        duplicates=duplicates_of([image.sha256 for image in looks.images], again, pairs),
        unreadable=looks.unreadable,
        excluded=(*two_labels, *looks.unreadable, *doubted),
        statistics=looks.statistics[kept],
    )


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
