"""Which classes a dataset has: those asked for, those with enough images, and `other` where small ones are folded."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from contracts.manifest import ClassLabel
from contracts.snapshot import SnapshotClass
from trainer.data.sightings import Image
from trainer.errors import UnusableDataError

OTHER = ClassLabel(name="other", display_name="Other conditions")
"""What images of several small classes are called together."""


class SmallClasses(StrEnum):
    """What becomes of a class with fewer images than its minimum."""

    DROP = "drop"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The classes of a dataset, what became of the rest, and the images with the label they go by."""

    classes: tuple[ClassLabel, ...]
    images: tuple[Image | None, ...]
    """In the order they came; None where the image's class was left out."""
    dropped: dict[str, str]
    folded: dict[str, str]


def merge_classes(named: Iterable[SnapshotClass]) -> list[SnapshotClass]:
    """Each class once, in the order in which the sources name them; of several minima the merge_classes holds."""
    classes: dict[str, SnapshotClass] = {}
    for each in named:
        known = classes.get(each.name)
        if known is None or known.minimum_images < each.minimum_images:
            classes[each.name] = each
    return list(classes.values())


def select_classes(classes: Sequence[SnapshotClass], names: Sequence[str] | None) -> list[SnapshotClass]:
    """The classes that were named, in their own order; all if none was. An unknown name is an UnusableDataError."""
    if not names:
        return list(classes)
    known = {each.name for each in classes}
    unknown = sorted(set(names) - known)
    if unknown:
        msg = f"expected classes of these sources, got {', '.join(unknown)}; they are: {', '.join(sorted(known))}"
        raise UnusableDataError(msg)
    return [each for each in classes if each.name in names]


def choose(images: Sequence[Image], classes: Sequence[SnapshotClass], small: SmallClasses) -> Chosen:
    """Keep the classes with enough images, and drop or fold the others.

    `other` is held to the largest minimum of what was folded into it, as any class is; below it, it is dropped, too.
    """
    counts = Counter(image.label for image in images)
    few = {
        each.name: f"{counts[each.name]} images, but at least {each.minimum_images} are asked for"
        for each in classes
        if counts[each.name] < each.minimum_images
    }
    kept = tuple(ClassLabel(name=c.name, display_name=c.display_name) for c in classes if c.name not in few)
    folded = few if small is SmallClasses.OTHER else {}
    minimum = max((each.minimum_images for each in classes if each.name in folded), default=0)
    together = counts[OTHER.name] + sum(counts[name] for name in folded if name != OTHER.name)
    if folded and together < minimum:
        few = {name: f"{why}; in {OTHER.name!r} there would be {together}" for name, why in few.items()}
        folded = {}
    if folded and OTHER.name not in {each.name for each in kept}:
        kept = (*kept, OTHER)
    names = {each.name for each in kept}

    def relabel(image: Image) -> Image | None:
        if image.label in folded:
            return replace(image, label=OTHER.name)
        return image if image.label in names else None

    return Chosen(kept, tuple(map(relabel, images)), {} if folded else few, folded)
