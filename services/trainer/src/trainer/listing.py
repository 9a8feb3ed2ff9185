"""All versions of a model as a table."""

import sys

from rich.console import Console
from rich.table import Table

from contracts import keys
from contracts.channels import Channels
from contracts.model import DESCRIPTION_FILE, ModelDescription
from objectstore import ObjectStore, read_document
from trainer.channels import read_channels


def show_versions(store: ObjectStore, model: str) -> int:
    """Print the published versions, newest first, with the channels that point at them; returns how many there are."""
    channels = read_channels(store, model).value
    table = Table(title=f"{model}: versions")
    for column in ("version", "channel", "macro-F1", "test images", "trained", "dataset", "run"):
        table.add_column(column)
    numbers = sorted((int(name) for name in store.folders(keys.versions(model))), reverse=True)
    published = [n for n in numbers if store.head(keys.manifest(keys.version(model, n))) is not None]
    for number in published:
        key = f"{keys.version(model, number)}/{DESCRIPTION_FILE}"
        about = read_document(store, key, ModelDescription)
        table.add_row(
            str(number),
            _channel(channels, number),
            str(about.metrics.macro_f1),
            str(about.metrics.test_images),
            f"{about.trained_at:%Y-%m-%d %H:%M}" + (" (synthetic)" if about.synthetic else ""),
            about.dataset_id,
            about.run_id,
        )
    # without a terminal there is no width to fit into: a log or a pipe gets each row whole
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    return len(published)


def _channel(channels: Channels, version: int) -> str:
    names = {"production": channels.production, "candidate": channels.candidate, "previous": channels.previous}
    return ", ".join(name for name, at in names.items() if at == version)
