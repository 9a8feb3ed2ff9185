"""What a person sees while a scrape runs and when it has ended."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table

from contracts.manifest import ClassLabel
from contracts.steps import say
from scraper.tally import Tally

EVERY_S = 5.0
"""The step contract asks for a line at least every 30 s."""


@asynccontextmanager
async def reporting(tally: Tally) -> AsyncIterator[None]:
    """Print a line of progress every few seconds, and one at the end."""
    began = time.monotonic()

    async def report() -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            say(tally.line(time.monotonic() - began))

    task = asyncio.create_task(report())
    try:
        yield
    finally:
        task.cancel()
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
