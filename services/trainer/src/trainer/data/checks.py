"""What is asked of a dataset before it may be published; every check is written down, pass or fail.

Those that would make figures worthless block, and nobody can override them. A source that suddenly looks different
blocks, too, but may well be meant: the operator can accept it by the check's name. The rest warns.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from contracts.dataset import DatasetCheck, DatasetDrift, DatasetItem, Split
from contracts.models.drift import DRIFTED, STABLE
from trainer.errors import UnusableDataError

MIN_TEST_GROUPS = 5
"""Of a class; with fewer its figures say little."""
FEW_UNREADABLE = 3
"""So many unreadable images are put up with, however small the dataset."""


class Acceptable(StrEnum):
    """The checks that an operator may accept although they fail."""

    UNREADABLE_IMAGES = "unreadable_images"
    LABEL_SHARES = "label_shares"
    IMAGE_STATISTICS = "image_statistics"


def check_dataset(
    items: Sequence[DatasetItem],
    unreadable: int,
    largest_unreadable: float,
    drift: DatasetDrift | None,
    accepted: Collection[Acceptable],
) -> tuple[DatasetCheck, ...]:
    """All checks of a dataset; `unreadable` counts the images that were left out since they can't be decoded."""
    return (
        _whole_groups(items),
        _every_class_everywhere(items),
        _readable(len(items), unreadable, largest_unreadable, accepted),
        *_check_drift(drift, accepted),
        _enough_tests(items),
    )


def blocking_checks(checks: Collection[DatasetCheck]) -> list[DatasetCheck]:
    return [each for each in checks if each.blocks and not each.passed and not each.overridden]


def check_groups(items: Sequence[DatasetItem]) -> None:
    """Raises UnusableDataError, which names the group, for rows in which a group stands in two splits."""
    check = _whole_groups(items)
    if not check.passed:
        raise UnusableDataError(check.message)


def _whole_groups(items: Sequence[DatasetItem]) -> DatasetCheck:
    split_of: dict[str, Split] = {}
    message = "no group has images in two splits"
    passed = True
    for item in items:
        if passed and split_of.setdefault(item.group, item.split) != item.split:
            passed = False
            message = (
                f"group {item.group} is in both {split_of[item.group]} and {item.split}; a model could learn its test"
            )
    return DatasetCheck(name="groups_stay_whole", passed=passed, blocks=True, message=message)


def _every_class_everywhere(items: Sequence[DatasetItem]) -> DatasetCheck:
    reached = {(item.label, item.split) for item in items}
    labels = {item.label for item in items}
    missing = [
        f"{label} has none in {split}" for label in sorted(labels) for split in Split if (label, split) not in reached
    ]
    message = "; ".join(missing) or f"each of the {len(labels)} classes has images in every split"
    return DatasetCheck(name="every_class_in_every_split", passed=not missing, blocks=True, message=message)


def _readable(images: int, unreadable: int, largest: float, accepted: Collection[Acceptable]) -> DatasetCheck:
    allowed = max(int(largest * (images + unreadable)), FEW_UNREADABLE)
    message = f"{unreadable} of {images + unreadable} images can't be read; at most {allowed} are put up with"
    return _acceptable(Acceptable.UNREADABLE_IMAGES, unreadable <= allowed, message, accepted)


def _check_drift(drift: DatasetDrift | None, accepted: Collection[Acceptable]) -> list[DatasetCheck]:
    if drift is None:
        nothing = "there is no earlier dataset to compare with"
        return [
            DatasetCheck(name=name.value, passed=True, blocks=True, message=nothing)
            for name in (Acceptable.LABEL_SHARES, Acceptable.IMAGE_STATISTICS)
        ]
    worst = max(drift.statistics, key=lambda name: drift.statistics[name], default=None)
    checks = [_stable(Acceptable.LABEL_SHARES, "the classes' shares", drift.labels, drift, accepted)]
    if worst is not None:
        what = f"the pictures (most of all: {worst})"
        checks.append(_stable(Acceptable.IMAGE_STATISTICS, what, drift.statistics[worst], drift, accepted))
    return checks


def _stable(
    name: Acceptable, what: str, psi: float, drift: DatasetDrift, accepted: Collection[Acceptable]
) -> DatasetCheck:
    beyond_chance = max(psi - drift.chance, 0.0)
    told = f"PSI of {what} against dataset {drift.previous} is {psi:.2f}, of which {drift.chance:.2f} may be chance"
    if beyond_chance < STABLE:
        return DatasetCheck(name=name.value, passed=True, blocks=True, message=told)
    if beyond_chance < DRIFTED:
        return DatasetCheck(name=name.value, passed=False, blocks=False, message=f"{told}; look at what changed")
    return _acceptable(name, False, f"{told}; from {DRIFTED} on it counts as another population", accepted)


def _acceptable(name: Acceptable, passed: bool, message: str, accepted: Collection[Acceptable]) -> DatasetCheck:
    overridden = not passed and name in accepted
    return DatasetCheck(name=name.value, passed=passed, blocks=True, overridden=overridden, message=message)


def _enough_tests(items: Sequence[DatasetItem]) -> DatasetCheck:
    groups = {(item.label, item.group) for item in items if item.split is Split.TEST}
    counts: Mapping[str, int] = Counter(label for label, _ in groups)
    few = [f"{label} has {count}" for label, count in sorted(counts.items()) if count < MIN_TEST_GROUPS]
    message = f"fewer than {MIN_TEST_GROUPS} test groups, so that figures of the class say little: {', '.join(few)}"
    if not few:
        message = f"each class has at least {MIN_TEST_GROUPS} test groups"
    return DatasetCheck(name="test_groups", passed=not few, blocks=False, message=message)
