"""What a person sees while a scrape runs and when it has ended: a live table on a terminal, plain lines elsewhere."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from contracts.manifest import ClassLabel
from contracts.steps import say
from scraper import metrics
from scraper.tally import Tally

EVERY_S = 5.0
"""Between two lines; the step contract asks for one at least every 30 s."""
LIVE_EVERY_S = 0.25


@asynccontextmanager
async def reporting(tally: Tally, source: str = "", metrics_file: Path | None = None) -> AsyncIterator[None]:
    """Show how a run gets on, and what it came to at the end.

    Args:
        tally: what is shown.
        source: its name in the metrics.
        metrics_file: gets them every few seconds.
    """
    began = time.monotonic()
    live = Live(console=Console(), refresh_per_second=4, transient=True) if sys.stdout.isatty() else None

    def note_metrics() -> None:
        if metrics_file is not None:
            metrics.write(metrics_file, metrics.exposition(source, tally, time.monotonic() - began))

    async def report() -> None:
        last = began
        while True:
            await asyncio.sleep(LIVE_EVERY_S if live else EVERY_S)
            if live:
                live.update(_table(tally, time.monotonic() - began))
            else:
                say(tally.line(time.monotonic() - began))
            if time.monotonic() - last >= EVERY_S:
                last = time.monotonic()
                note_metrics()

    with live or nullcontext():
        task = asyncio.create_task(report())
        try:
            yield
        finally:
            task.cancel()
    note_metrics()
    say(tally.line(time.monotonic() - began))


def print_summary(classes: Iterable[ClassLabel], images: Mapping[str, int], refused: Mapping[str, int]) -> None:
    """Print how many images each class has, and how many were refused, by reason."""
    console = Console()
    table = Table("class", "images", title="images by class", title_justify="left")
    for label in classes:
        table.add_row(label.display_name, str(images.get(label.name, 0)))
    table.add_row("all", str(sum(images.values())), style="bold")
    console.print(table)
    if refused:
        reasons = Table("reason", "refused", title="refused by reason", title_justify="left")
        for reason, count in Counter(refused).most_common():
            reasons.add_row(reason, str(count))
        console.print(reasons)


def _table(tally: Tally, elapsed_s: float) -> Table:
    eta = tally.eta_s(elapsed_s)
    left = "not known yet" if eta is None else f"{eta:.0f} s" + (" for those found so far" if tally.discovering else "")
    table = Table(show_header=False, title=f"scraping for {elapsed_s:.0f} s", title_justify="left")
    table.add_row("pages", str(tally.pages))
    table.add_row("images", f"{tally.images} ({tally.unchanged} unchanged)")
    table.add_row("waiting", str(tally.waiting))
    table.add_row("read", f"{tally.bytes_read / 1e6:.1f} MB")
    table.add_row("rate", f"{tally.images / max(elapsed_s, 1e-9):.1f} images/s")
    table.add_row("left", left)
    for reason, count in tally.refused.most_common():
        table.add_row(f"refused: {reason}", str(count))
    return table
