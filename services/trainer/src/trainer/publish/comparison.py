"""Two versions side by side, and whether their figures may be compared at all."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from contracts.model import LITERT_FILE, LITERT_INT8_FILE, ModelDescription, VersionManifest
from contracts.run import Interval
from contracts.steps import InvalidInputError, Result
from objectstore import ObjectStore
from objectstore.channels import check_files, read_channels
from trainer.publish.listing import console, describe_version

Row = tuple[str, str, str, float | None]
"""What, the one's, the other's, and by how much the other has more; None where that means nothing."""

NOTICEABLE = 0.005
"""A difference that is shown in colour."""
BETTER_IF_SMALLER = frozenset({"expected calibration error"})


def compare(store: ObjectStore, model: str, one: int | None, other: int | None) -> Result:
    """Print two versions side by side.

    Args:
        store: holds the versions.
        model: its name.
        one: a version; None is the one in production.
        other: another; None is the candidate, else the one that was in production before.

    Raises:
        InvalidInputError: if one of them was never published or is damaged, or none is named and no channel names one.
    """
    channels = read_channels(store, model)
    numbers = (
        _named(one, channels.production, "nothing is in production"),
        _named(other, channels.candidate or channels.previous, "there is no candidate, nor an earlier version"),
    )
    manifests = [check_files(store, model, number) for number in numbers]
    left, right = (describe_version(store, model, number) for number in numbers)
    table = Table("", f"version {left.version}", f"version {right.version}", "difference", title=f"{model}")
    for what, ours, theirs, difference in [*_facts(left, right), *_sizes(*manifests), *_figures(left, right)]:
        table.add_row(what, ours, theirs, _difference(what, difference))
    console().print(table)
    same = left.dataset_id == right.dataset_id
    if not same:
        console().print(
            f"Measured on other datasets ({left.dataset_id} and {right.dataset_id}): where their test images differ, "
            "a difference may come from them. The gate measures both on the same images."
        )
    scores = [left.metrics.macro_f1.value, right.metrics.macro_f1.value]
    return {"model": model, "versions": list(numbers), "macro_f1": scores, "same_dataset": same}


def _named(given: int | None, otherwise: int | None, missing: str) -> int:
    if given is None and otherwise is None:
        msg = f"{missing}; name two versions, as in: trainer compare 1 2"
        raise InvalidInputError(msg)
    return given if given is not None else int(otherwise or 0)


def _facts(left: ModelDescription, right: ModelDescription) -> Iterator[Row]:
    for what, ours, theirs in (
        ("trained", f"{left.trained_at:%Y-%m-%d %H:%M}", f"{right.trained_at:%Y-%m-%d %H:%M}"),
        ("dataset", left.dataset_id, right.dataset_id),
        ("run", left.run_id, right.run_id),
        ("starting weights", left.weights.name, right.weights.name),
        ("classes", str(len(left.classes)), str(len(right.classes))),
    ):
        yield what, ours, theirs, None


def _sizes(left: VersionManifest, right: VersionManifest) -> Iterator[Row]:
    ours, theirs = ({entry.path: entry.size for entry in each.files} for each in (left, right))
    for name in (LITERT_FILE, LITERT_INT8_FILE):
        if name in ours or name in theirs:
            yield name, _megabytes(ours.get(name)), _megabytes(theirs.get(name)), None


def _figures(left: ModelDescription, right: ModelDescription) -> Iterator[Row]:
    ours, theirs = left.metrics, right.metrics
    yield "test images", str(ours.test_images), str(theirs.test_images), None
    yield _interval("macro-F1", ours.macro_f1, theirs.macro_f1)
    yield _interval("accuracy", ours.accuracy, theirs.accuracy)
    yield _number("expected calibration error", ours.expected_calibration_error, theirs.expected_calibration_error)
    for name in dict.fromkeys([*ours.per_class, *theirs.per_class]):
        one, other = ours.per_class.get(name), theirs.per_class.get(name)
        yield _number(f"F1 of {name}", None if one is None else one.f1, None if other is None else other.f1)


def _interval(what: str, ours: Interval, theirs: Interval) -> Row:
    return what, str(ours), str(theirs), theirs.value - ours.value


def _number(what: str, ours: float | None, theirs: float | None) -> Row:
    difference = None if ours is None or theirs is None else theirs - ours
    one, other = ("–" if value is None else f"{value:.3f}" for value in (ours, theirs))
    return what, one, other, difference


def _difference(what: str, difference: float | None) -> Text:
    if difference is None:
        return Text()
    better = difference < 0 if what in BETTER_IF_SMALLER else difference > 0
    style = "" if abs(difference) < NOTICEABLE else "green" if better else "red"
    return Text(f"{difference:+.3f}", style=style)


def _megabytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 1e6:.1f} MB"
