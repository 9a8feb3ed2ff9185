"""Sightings of snapshots and accepted corrections, and the images that they make.

The same content seen several times is one image, and may have only one label. A photo under two labels teaches
nothing that could be told right or wrong, so it is left out and listed; so are copies of one photo under different
labels. What a person corrected never puts a source's own image in doubt: there the correction is left out. Of feedback
only what was accepted and consented to is read, and of it nothing but the photo's name and its label.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from contracts import keys
from contracts.dataset import Excluded
from contracts.feedback import SOURCE as FEEDBACK
from contracts.feedback import Feedback
from contracts.manifest import InvalidManifestError
from contracts.snapshot import SnapshotManifest
from contracts.steps import say
from objectstore import ObjectStore, read_document
from trainer.photos import READERS_PER_CORE

TWO_LABELS = "one photo under two labels"
NEAR_TWO_LABELS = "a copy of a photo under another label"
DOUBTED_CORRECTION = "a correction that says otherwise than the photo's source"

CONCURRENT_READS = 4 * READERS_PER_CORE


@dataclass(frozen=True, slots=True)
class Sighting:
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
    sha256: str
    key: str
    label: str
    source: str
    skin_tone: int | None
    fitzpatrick: int | None
    cases: tuple[str, ...]
    """What the sources say it belongs to, sorted."""


def sightings_of(snapshot: SnapshotManifest) -> list[Sighting]:
    source = snapshot.source
    return [
        Sighting(i.sha256, i.key, i.label, source, f"{source}/{i.group}", i.skin_tone, i.fitzpatrick)
        for i in snapshot.images
    ]


def corrections(store: ObjectStore, model: str, classes: Collection[str]) -> list[Sighting]:
    """The accepted corrections of a model's answers whose label is one of the classes, each a case of its own.

    A damaged record is passed over and named: it must not keep everything else from being learnt.
    """
    records = [info.key for info in store.walk(keys.feedback()) if info.key.endswith(".json")]
    found: list[Sighting] = []
    passed_over: Counter[str] = Counter()
    with ThreadPoolExecutor(CONCURRENT_READS, thread_name_prefix="feedback") as pool:
        for record in pool.map(lambda key: _read(store, key), records):
            if record is None:
                passed_over["damaged"] += 1
            elif reason := _why_not(record, model, classes):
                passed_over[reason] += 1
            else:
                found.extend(_sightings(record))
    if records:
        rest = ", ".join(f"{count} {reason}" for reason, count in passed_over.most_common())
        say(f"{len(found)} accepted corrections are learnt from" + (f"; passed over: {rest}" if rest else ""))
    return found


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

    `copies` are index pairs of images that are one photo under different labels.
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


def _read(store: ObjectStore, key: str) -> Feedback | None:
    try:
        return read_document(store, key, Feedback)
    except InvalidManifestError as error:
        say(f"passed over: {error}")
        return None


def _why_not(record: Feedback, model: str, classes: Collection[str]) -> str | None:
    if record.status != "accepted":
        return record.status
    if record.model != model:
        return "of another model"
    if record.image is None or not record.consent:
        return "without a photo that may be kept"
    if record.label not in classes:
        return "with a label that is none of these classes"
    return None


def _sightings(record: Feedback) -> Iterator[Sighting]:
    if record.image is not None and record.label is not None:
        case = f"{FEEDBACK}/{record.feedback_id}"
        yield Sighting(record.image.sha256, record.image.key, record.label, FEEDBACK, case, None, None)
