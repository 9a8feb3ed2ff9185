"""All versions of a model and the history of its channels, as tables."""

import sys

from rich.console import Console
from rich.table import Table

from contracts import keys
from contracts.channels import Channels
from contracts.model import DESCRIPTION_FILE, ModelDescription
from contracts.run import Evaluation
from objectstore import ObjectStore, read_document
from objectstore.channels import published_versions, read_channels

STYLES = {"production": "bold green", "candidate": "yellow"}


def console() -> Console:
    """Standard output; without a terminal there is no width to fit into, so a log or a pipe gets each row whole."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def show_versions(store: ObjectStore, model: str, moves: int = 0) -> int:
    """Print the published versions, newest first, with the channels that point at them; returns how many there are.

    Args:
        store: holds the versions.
        model: its name.
        moves: how many of the channels' last moves to show as well.
    """
    channels = read_channels(store, model)
    table = Table(title=f"{model}: versions")
    for column in ("version", "channel", "gate", "macro-F1", "ECE", "test images", "trained", "dataset", "run"):
        table.add_column(column, justify="right" if column in {"version", "ECE", "test images"} else "left")
    published = published_versions(store, model)
    for number in published:
        about = describe_version(store, model, number)
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
    console().print(table)
    if moves:
        _show_history(channels, moves)
    return len(published)


def describe_version(store: ObjectStore, model: str, version: int) -> ModelDescription:
    """The `model.json` of a version.

    Raises:
        ObjectNotFoundError: if there is none.
    """
    return read_document(store, f"{keys.version(model, version)}/{DESCRIPTION_FILE}", ModelDescription)


def _show_history(channels: Channels, moves: int) -> None:
    table = Table(title=f"the last {min(moves, len(channels.history))} moves, newest first")
    for column in ("when", "what", "version", "why"):
        table.add_column(column)
    for move in list(reversed(channels.history))[:moves]:
        table.add_row(f"{move.at:%Y-%m-%d %H:%M:%S}", move.action, str(move.version), move.reason)
    console().print(table)


def _gate(store: ObjectStore, run_id: str) -> str:
    key = keys.evaluation(run_id)
    if store.head(key) is None:
        return "not judged"
    return "accepted" if read_document(store, key, Evaluation).accepted else "rejected"


def _channel(channels: Channels, version: int) -> str:
    names = {"production": channels.production, "candidate": channels.candidate, "previous": channels.previous}
    return ", ".join(name for name, at in names.items() if at == version)
