"""From sightings to images: the same content seen several times is one image, and may have only one label.

A photo under two labels teaches nothing that could be told right or wrong, so it is left out and listed; so are
copies of one photo under different labels. What a person corrected never puts a source's own image in doubt:
there the correction is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.dataset import Excluded
from contracts.feedback import SOURCE as FEEDBACK
from contracts.snapshot import SnapshotManifest

TWO_LABELS = "one photo under two labels"
NEAR_TWO_LABELS = "a copy of a photo under another label"
DOUBTED_CORRECTION = "a correction that says otherwise than the photo's source"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One content as it was seen once."""

    sha256: str
    key: str
    label: str
    source: str
    case: str
    """What the source says it belongs to, `<source>/<group>`."""
    skin_tone: int | None
    fitzpatrick: int | None


@dataclass(frozen=True, slots=True)
class Image:
    """One content with one label."""

    sha256: str
    key: str
    label: str
    source: str
    skin_tone: int | None
    fitzpatrick: int | None
    cases: tuple[str, ...]
    """What the sources say it belongs to, sorted."""


def sightings_of(snapshot: SnapshotManifest) -> list[Sighting]:
    """What a snapshot saw."""
    source = snapshot.source
    return [
        Sighting(i.sha256, i.key, i.label, source, f"{source}/{i.group}", i.skin_tone, i.fitzpatrick)
        for i in snapshot.images
    ]


def images_of(sightings: Iterable[Sighting]) -> tuple[list[Image], list[Excluded]]:
    """The distinct images by SHA-256, and those left out because they stand under two labels."""
    seen_of: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        seen_of[sighting.sha256].append(sighting)
    images: list[Image] = []
    excluded: list[Excluded] = []
    for sha256, everything in sorted(seen_of.items()):
        collected = [each for each in everything if each.source != FEEDBACK]
        seen = collected or everything
        labels = tuple(sorted({each.label for each in seen}))
        all_labels = tuple(sorted({each.label for each in everything}))
        if len(labels) > 1:
            excluded.append(Excluded(sha256=sha256, labels=all_labels, reason=TWO_LABELS))
            continue
        if all_labels != labels:
            excluded.append(Excluded(sha256=sha256, labels=all_labels, reason=DOUBTED_CORRECTION))
        first = seen[0]
        cases = tuple(sorted({each.case for each in seen}))
        images.append(Image(sha256, first.key, labels[0], first.source, first.skin_tone, first.fitzpatrick, cases))
    return images, excluded


def without_conflicts(images: Sequence[Image], copies: Iterable[tuple[int, int]]) -> tuple[list[int], list[Excluded]]:
    """The positions of the images that may stay, and those left out because another label stands under a copy.

    Args:
        images: all images.
        copies: index pairs of those that are one photo under different labels.
    """
    other_labels: dict[int, set[str]] = defaultdict(set)
    for i, j in copies:
        one, other = images[i], images[j]
        # where only one of them is a correction, the other is in no doubt
        if one.source == FEEDBACK or other.source != FEEDBACK:
            other_labels[i].add(other.label)
        if other.source == FEEDBACK or one.source != FEEDBACK:
            other_labels[j].add(one.label)
    excluded = [
        Excluded(
            sha256=images[index].sha256,
            labels=tuple(sorted({images[index].label, *labels})),
            reason=DOUBTED_CORRECTION if images[index].source == FEEDBACK else NEAR_TWO_LABELS,
        )
        for index, labels in sorted(other_labels.items())
    ]
    return [index for index in range(len(images)) if index not in other_labels], excluded
