"""Which group is used for what: stratified by class, the same for the same seed, and steady as images come in.

Groups are taken in an order that only their names and the seed decide, each into the split that lacks most of the
group's classes. What an earlier dataset used for testing stays there: its images must never be learnt from.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from contracts.dataset import Split
from trainer.errors import UnusableDataError
from trainer.sightings import Image

SHARES = {Split.TRAIN: 0.70, Split.VALIDATION: 0.15, Split.TEST: 0.15}

KEEPS = (Split.TEST, Split.VALIDATION, Split.TRAIN)
"""Where groups of different splits have grown into one, the first of these that is among them wins."""


def assign(groups: Mapping[str, Sequence[Image]], seed: int, earlier: Mapping[str, Split]) -> dict[str, Split]:
    """Group name → split.

    Args:
        groups: group name → its images.
        seed: another seed is another split.
        earlier: SHA-256 → split of the images that the last dataset of these sources held.

    Raises:
        UnusableDataError: if a class doesn't reach every split; says which.
    """
    totals = Counter(image.label for images in groups.values() for image in images)
    filled: dict[Split, Counter[str]] = {split: Counter() for split in Split}
    assigned: dict[str, Split] = {}

    def put(name: str, split: Split) -> None:
        assigned[name] = split
        filled[split].update(image.label for image in groups[name])

    for name, images in groups.items():
        known = {earlier[image.sha256] for image in images if image.sha256 in earlier}
        kept = next((split for split in KEEPS if split in known), None)
        if kept is not None:
            put(name, kept)
    for name in sorted(groups.keys() - assigned.keys(), key=lambda name: _draw(seed, name)):
        put(name, _neediest(groups[name], filled, totals))
    _check(groups, assigned)
    return assigned


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed} {name}".encode()).digest()


def _neediest(images: Sequence[Image], filled: Mapping[Split, Counter[str]], totals: Counter[str]) -> Split:
    """The split that lacks the largest share of what it should hold of these classes; on a tie the largest."""

    def lack(split: Split) -> float:
        return sum(1.0 - filled[split][image.label] / (SHARES[split] * totals[image.label]) for image in images)

    return max(SHARES, key=lambda split: (round(lack(split), 9), SHARES[split]))


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
                f"{groups_of[label]} group(s), and a group can't be divided; collect images of more cases, or raise "
                f"the class's minimum_images so that it is left out"
            )
            raise UnusableDataError(msg)
