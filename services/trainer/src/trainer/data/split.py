"""Which images belong together, and what each group is used for: training, validation or test.

Images of one case by the source's word and pictures that look alike form a group, which is never divided: a model can't
be tested on what it has learnt by heart. The split is stratified by class and the same for the same seed. A test image
stays one for good, whatever is prepared later, so that a version can be compared with any other on images that neither
learnt from.

Groups are taken in an order that only their names and the seed decide, each into the split that lacks most of the
group's classes. What an earlier dataset tested with stays test; what one learnt from isn't tested with later, unless
the class has nothing else to be tested with; what a person corrected is learnt from.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.dataset import DatasetManifest, Split
from contracts.feedback import SOURCE as FEEDBACK
from objectstore import ObjectStore
from trainer.data.datasets import load_splits
from trainer.data.sightings import Image
from trainer.errors import UnusableDataError
from trainer.lookalikes.near_duplicates import join

SHARES = {Split.TRAIN: 0.70, Split.VALIDATION: 0.15, Split.TEST: 0.15}
LEARNT_FROM = (Split.TRAIN, Split.VALIDATION)
GROUP_NAME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of the images that are asked about; none of the sets holds another's."""

    tested: frozenset[str] = frozenset()
    """SHA-256 of those that were test images of any dataset."""
    learnt: frozenset[str] = frozenset()
    """Of those that some dataset held, and none as test images."""
    splits: dict[str, Split] = field(default_factory=dict)
    """Where the newest dataset of this seed put the learnt ones."""


def group(images: Sequence[Image], alike: Iterable[tuple[int, int]]) -> dict[str, list[Image]]:
    """Join images by case and by likeness (index pairs): group name, which is its smallest SHA-256, → its images."""
    by_case: dict[str, list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        for case in image.cases:
            by_case[case].append(index)
    same_case = [(members[0], other) for members in by_case.values() for other in members[1:]]
    groups: dict[str, list[Image]] = {}
    for members in join(len(images), [*same_case, *alike]):
        name = min(images[index].sha256 for index in members)[:GROUP_NAME_LENGTH]
        groups[name] = [images[index] for index in members]
    return groups


def earlier_splits(
    store: ObjectStore, datasets: Collection[DatasetManifest], images: Collection[str], seed: int
) -> Earlier:
    """What earlier datasets, which come newest first, did with these images (SHA-256). `seed` is the new dataset's."""
    tested: set[str] = set()
    learnt: set[str] = set()
    splits: dict[str, Split] = {}
    for dataset in datasets:
        for sha256, split in load_splits(store, dataset):
            if sha256 not in images:
                continue
            if split is Split.TEST:
                tested.add(sha256)
                continue
            learnt.add(sha256)
            if dataset.seed == seed:
                splits.setdefault(sha256, split)
    learnt -= tested
    return Earlier(frozenset(tested), frozenset(learnt), {name: splits[name] for name in learnt & splits.keys()})


def assign(groups: Mapping[str, Sequence[Image]], seed: int, earlier: Earlier) -> dict[str, Split]:
    """Group name → split.

    Where groups of different splits have grown into one, it is tested with if any of its images was, else validated
    with if any was. A class that doesn't reach every split is an UnusableDataError.
    """
    totals = Counter(image.label for images in groups.values() for image in images)
    filled: dict[Split, Counter[str]] = {split: Counter() for split in Split}
    assigned: dict[str, Split] = {}
    open_to: dict[str, tuple[Split, ...]] = {}
    for name, images in groups.items():
        choices = _choices(images, earlier)
        if len(choices) == 1:
            assigned[name] = choices[0]
            filled[choices[0]].update(image.label for image in images)
        else:
            open_to[name] = choices
    for name in sorted(open_to, key=lambda name: _draw(seed, name)):
        assigned[name] = _neediest(groups[name], open_to[name], filled, totals)
        filled[assigned[name]].update(image.label for image in groups[name])
    _lend(groups, assigned, seed)
    _check(groups, assigned)
    return assigned


def _choices(images: Sequence[Image], earlier: Earlier) -> tuple[Split, ...]:
    """The splits that a group may still go into."""
    if any(image.sha256 in earlier.tested for image in images):
        return (Split.TEST,)
    before = {earlier.splits[image.sha256] for image in images if image.sha256 in earlier.splits}
    for split in (Split.VALIDATION, Split.TRAIN):
        if split in before:
            return (split,)
    if any(image.source == FEEDBACK for image in images):
        return (Split.TRAIN,)
    return LEARNT_FROM if any(image.sha256 in earlier.learnt for image in images) else tuple(Split)


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed} {name}".encode()).digest()


def _neediest(
    images: Sequence[Image], choices: Sequence[Split], filled: Mapping[Split, Counter[str]], totals: Counter[str]
) -> Split:
    """Which of the splits lacks the largest share of what it should hold of these classes; on a tie the largest."""

    def lack(split: Split) -> float:
        return sum(1.0 - filled[split][image.label] / (SHARES[split] * totals[image.label]) for image in images)

    return max(choices, key=lambda split: (round(lack(split), 9), SHARES[split]))


def _lend(groups: Mapping[str, Sequence[Image]], assigned: dict[str, Split], seed: int) -> None:
    """Move a group into each split that a class doesn't reach, from where the class has others, but never out of test.

    A class whose test images have all gone from their source needs others: the gate doesn't hold versions against each
    other on images that one of them learnt from, so no figure is flattered.
    """
    names_of: dict[str, list[str]] = {}
    for name, images in groups.items():
        for label in {image.label for image in images}:
            names_of.setdefault(label, []).append(name)
    for _, names in sorted(names_of.items()):
        reached = Counter(assigned[name] for name in names)
        for split in Split:
            if reached[split]:
                continue
            lenders = [
                name
                for name in names
                if assigned[name] is not Split.TEST
                and reached[assigned[name]] > 1
                and len({image.label for image in groups[name]}) == 1
                and not (split is Split.TEST and any(image.source == FEEDBACK for image in groups[name]))
            ]
            if lenders:
                lent = min(lenders, key=lambda name: _draw(seed, name))
                reached.subtract([assigned[lent]])
                assigned[lent] = split
                reached[split] += 1


def _check(groups: Mapping[str, Sequence[Image]], assigned: Mapping[str, Split]) -> None:
    groups_of: Counter[str] = Counter()
    reached: dict[str, set[Split]] = {}
    for name, images in groups.items():
        for label in {image.label for image in images}:
            groups_of[label] += 1
            reached.setdefault(label, set()).add(assigned[name])
    for label, splits in sorted(reached.items()):
        missing = [split.value for split in Split if split not in splits]
        if missing:
            msg = (
                f"class {label} has no images for {' and '.join(missing)}: all of its images fall into "
                f"{groups_of[label]} group(s), and a group can't be divided, nor leave an earlier dataset's test set; "
                f"collect images of more cases, or raise the class's minimum_images so that it is left out"
            )
            raise UnusableDataError(msg)
