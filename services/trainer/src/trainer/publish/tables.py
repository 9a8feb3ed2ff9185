"""Versions as tables for a person: all of a model, the history of its channels, and two side by side."""

import sys
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts import keys
from contracts.models.channels import Channels
from contracts.models.version import DESCRIPTION_FILE, LITERT_FILE, LITERT_INT8_FILE, ModelDescription
from contracts.run import Evaluation
from contracts.steps import InvalidInputError, Result
from objectstore import ObjectStore, read_document
from objectstore.channels import check_files, published_versions, read_channels

STYLES = {"production": "bold green", "candidate": "yellow"}
NOTICEABLE = 0.005
"""A difference that is shown in colour."""
BETTER_IF_SMALLER = frozenset({"expected calibration error"})

Row = tuple[str, str, str, float | None]
"""What, the one's, the other's, and by how much the other has more; None where that means nothing."""


def show_versions(store: ObjectStore, model: str, moves: int = 0) -> int:
    """Print the published versions, newest first, and the last moves of the channels; returns how many versions."""
    channels = read_channels(store, model)
    table = Table(title=f"{model}: versions")
    for column in ("version", "channel", "gate", "macro-F1", "ECE", "test images", "trained", "dataset", "run"):
        table.add_column(column, justify="right" if column in {"version", "ECE", "test images"} else "left")
    published = published_versions(store, model)
    for number in published:
        about = _description(store, model, number)
        channel = _channel(channels, number)
        table.add_row(
            str(number),
            channel,
            _gate(store, about.run_id),
            str(about.metrics.macro_f1),
            f"{about.metrics.expected_calibration_error:.3f}",
            str(about.metrics.test_images),
            f"{about.trained_at:%Y-%m-%d %H:%M}" + (" (synthetic)" if about.synthetic else ""),
            about.dataset_id,
            about.run_id,
            style=STYLES.get(channel.partition(",")[0]),
        )
    _console().print(table)
    if moves:
        _show_history(channels, moves)
    return len(published)


def compare(store: ObjectStore, model: str, one: int | None, other: int | None) -> Result:
    """Print two versions side by side, and whether their figures may be compared at all.

    By default `one` is in production, `other` the candidate, else the one that was in production before.
    """
    channels = read_channels(store, model)
    numbers = (
        _version_or(one, channels.production, "nothing is in production"),
        _version_or(other, channels.candidate or channels.previous, "there is no candidate, nor an earlier version"),
    )
    sizes = [{entry.path: entry.size for entry in check_files(store, model, number).files} for number in numbers]
    left, right = (_description(store, model, number) for number in numbers)
    table = Table("", f"version {left.version}", f"version {right.version}", "difference", title=f"{model}")
    for what, ours, theirs, difference in _rows(left, right, *sizes):
        table.add_row(what, ours, theirs, _difference(what, difference))
    _console().print(table)
    same = left.dataset_id == right.dataset_id
    if not same:
        _console().print(
            f"Measured on other datasets ({left.dataset_id} and {right.dataset_id}): where their test images differ, "
            "a difference may come from them. The gate measures both on the same images."
        )
    scores = [left.metrics.macro_f1.value, right.metrics.macro_f1.value]
    return {"model": model, "versions": list(numbers), "macro_f1": scores, "same_dataset": same}


def _description(store: ObjectStore, model: str, version: int) -> ModelDescription:
    return read_document(store, f"{keys.version(model, version)}/{DESCRIPTION_FILE}", ModelDescription)


def _show_history(channels: Channels, moves: int) -> None:
    table = Table(title=f"the last {min(moves, len(channels.history))} moves, newest first")
    for column in ("when", "what", "version", "why"):
        table.add_column(column)
    for move in list(reversed(channels.history))[:moves]:
        table.add_row(f"{move.at:%Y-%m-%d %H:%M:%S}", move.action, str(move.version), move.reason)
    _console().print(table)


def _gate(store: ObjectStore, run_id: str) -> str:
    key = keys.evaluation(run_id)
    if store.head(key) is None:
        return "not judged"
    return "accepted" if read_document(store, key, Evaluation).accepted else "rejected"


def _channel(channels: Channels, version: int) -> str:
    names = {"production": channels.production, "candidate": channels.candidate, "previous": channels.previous}
    return ", ".join(name for name, at in names.items() if at == version)


def _version_or(given: int | None, otherwise: int | None, missing: str) -> int:
    if given is None and otherwise is None:
        msg = f"{missing}; name two versions, as in: trainer compare 1 2"
        raise InvalidInputError(msg)
    return given if given is not None else int(otherwise or 0)


def _rows(
    left: ModelDescription, right: ModelDescription, left_sizes: Mapping[str, int], right_sizes: Mapping[str, int]
) -> Iterator[Row]:
    yield "trained", f"{left.trained_at:%Y-%m-%d %H:%M}", f"{right.trained_at:%Y-%m-%d %H:%M}", None
    yield "dataset", left.dataset_id, right.dataset_id, None
    yield "run", left.run_id, right.run_id, None
    yield "starting weights", left.weights.name, right.weights.name, None
    yield "classes", str(len(left.classes)), str(len(right.classes)), None
    for name in (LITERT_FILE, LITERT_INT8_FILE):
        if name in left_sizes or name in right_sizes:
            megabytes = [f"{of[name] / 1e6:.1f} MB" if name in of else "–" for of in (left_sizes, right_sizes)]
            yield name, megabytes[0], megabytes[1], None
    ours, theirs = left.metrics, right.metrics
    yield "test images", str(ours.test_images), str(theirs.test_images), None
    for what, one, other in (
        ("macro-F1", ours.macro_f1, theirs.macro_f1),
        ("accuracy", ours.accuracy, theirs.accuracy),
    ):
        yield what, str(one), str(other), other.value - one.value
    yield _number("expected calibration error", ours.expected_calibration_error, theirs.expected_calibration_error)
    for name in dict.fromkeys([*ours.per_class, *theirs.per_class]):
        f1 = [of[name].f1 if name in of else None for of in (ours.per_class, theirs.per_class)]
        yield _number(f"F1 of {name}", f1[0], f1[1])


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


def _console() -> Console:
    """Standard output; without a terminal there is no width to fit into, so a log or a pipe gets each row whole."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)
