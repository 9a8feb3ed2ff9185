"""From sightings to images: the same content seen several times is one image, and may have only one label."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.dataset import Excluded
from contracts.snapshot import SnapshotClass, SnapshotImage, SnapshotManifest


@dataclass(frozen=True, slots=True)
class Image:
    """One content with one label."""

    sha256: str
    key: str
    label: str
    source: str
    skin_tone: int | None
    cases: tuple[str, ...]
    """What the sources say it belongs to, `<source>/<group>`, sorted."""


def images_of(snapshots: Sequence[SnapshotManifest]) -> tuple[list[Image], list[Excluded]]:
    """The distinct images of all snapshots by SHA-256, and those left out because they stand under two labels."""
    sightings: dict[str, list[tuple[str, SnapshotImage]]] = defaultdict(list)
    for snapshot in snapshots:
        for sighting in snapshot.images:
            sightings[sighting.sha256].append((snapshot.source, sighting))
    images: list[Image] = []
    excluded: list[Excluded] = []
    for sha256, seen in sorted(sightings.items()):
        labels = tuple(sorted({sighting.label for _, sighting in seen}))
        if len(labels) > 1:
            excluded.append(Excluded(sha256=sha256, labels=labels, reason="one photo under two labels"))
            continue
        source, first = seen[0]
        cases = tuple(sorted({f"{source}/{sighting.group}" for source, sighting in seen}))
        images.append(Image(sha256, first.key, labels[0], source, first.skin_tone, cases))
    return images, excluded


def classes_of(snapshots: Iterable[SnapshotManifest]) -> list[SnapshotClass]:
    """All classes in the order in which the sources name them; of several minima the strictest holds."""
    classes: dict[str, SnapshotClass] = {}
    for snapshot in snapshots:
        for each in snapshot.classes:
            known = classes.get(each.name)
            if known is None or known.minimum_images < each.minimum_images:
                classes[each.name] = each
    return list(classes.values())


def keep_large_classes(
    images: Sequence[Image], classes: Sequence[SnapshotClass]
) -> tuple[list[SnapshotClass], dict[str, str]]:
    """The classes with enough images, and the others with the reason why they are left out."""
    kept: list[SnapshotClass] = []
    dropped: dict[str, str] = {}
    for each in classes:
        count = sum(image.label == each.name for image in images)
        if count < each.minimum_images:
            dropped[each.name] = f"{count} images, but at least {each.minimum_images} are asked for"
        else:
            kept.append(each)
    return kept, dropped
