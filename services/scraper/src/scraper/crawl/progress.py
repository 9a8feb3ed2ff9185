"""What a run says while it goes on and when it has ended.

For people a live table on a terminal and plain lines elsewhere; for machines Prometheus' text and a JSON summary.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.manifest import ClassLabel
from contracts.steps import say
from scraper.crawl.stats import Stats

if TYPE_CHECKING:
    from rich.table import Table

EVERY_S = 5.0
"""Between two lines; the step contract asks for one at least every 30 s."""
LIVE_EVERY_S = 0.25


@asynccontextmanager
async def reporting(stats: Stats, source: str = "", metrics_file: Path | None = None) -> AsyncIterator[None]:
    """Show how a run gets on, and what it came to at the end."""
    began = time.monotonic()
    live = None
    if sys.stdout.isatty():
        from rich.live import Live  # noqa: PLC0415 - a log needs none of it

        live = Live(refresh_per_second=4, transient=True)

    def note_metrics() -> None:
        if metrics_file is not None:
            _replace(metrics_file, _exposition(source, stats, time.monotonic() - began))

    async def report() -> None:
        last = began
        while True:
            await asyncio.sleep(LIVE_EVERY_S if live else EVERY_S)
            if live:
                live.update(_table(stats, time.monotonic() - began))
            else:
                say(stats.line(time.monotonic() - began))
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
    say(stats.line(time.monotonic() - began))


def print_summary(classes: Iterable[ClassLabel], images: Mapping[str, int], refused: Mapping[str, int]) -> None:
    counts = [(label.display_name, images.get(label.name, 0)) for label in classes]
    _print_counts("images by class", [*counts, ("all", sum(images.values()))])
    if refused:
        _print_counts("refused by reason", Counter(refused).most_common())


def snapshot_files(
    source: str, stats: Stats, images: Counter[str], refused: Counter[str], elapsed_s: float
) -> dict[str, bytes]:
    """What stands beside a snapshot's manifest, by file name. The run's figures are those since it last began."""
    summary = {
        "source": source,
        "images": images.total(),
        "images_by_class": dict(sorted(images.items())),
        "refused": refused.total(),
        "refused_by_reason": dict(sorted(refused.items())),
        "run": {
            "pages": stats.pages,
            "unchanged": stats.unchanged,
            "read_bytes": stats.bytes_read,
            "retries": stats.retries,
            "http_answers": {str(status): count for status, count in sorted(stats.answers.items())},
            "elapsed_s": round(elapsed_s, 3),
        },
    }
    return {
        "summary.json": json.dumps(summary, indent=2).encode(),
        "metrics.prom": _exposition(source, stats, elapsed_s),
    }


def _exposition(source: str, stats: Stats, elapsed_s: float) -> bytes:
    """The metrics in Prometheus' text format.

    They are gauges of one run, as a textfile collector or a push gateway takes them, not counters of a process that
    lives on.
    """
    # a scrape that finds nothing new writes none, and is spared the import
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry()

    def gauge(name: str, help_text: str, value: float) -> None:
        Gauge(f"scraper_{name}", help_text, ["source"], registry=registry).labels(source).set(value)

    gauge("pages", "Pages read", stats.pages)
    gauge("images", "Addresses that hold a usable image", stats.images)
    gauge("images_unchanged", "Of those, the ones of which no byte had to be fetched", stats.unchanged)
    gauge("waiting", "Addresses found and not looked at yet", stats.waiting)
    gauge("read_bytes", "Bytes of answers and files", stats.bytes_read)
    gauge("retries", "Requests that were repeated", stats.retries)
    gauge("elapsed_seconds", "How long the run takes", elapsed_s)
    refused = Gauge("scraper_refused", "Images that were refused", ["source", "reason"], registry=registry)
    for reason, count in stats.refused.items():
        refused.labels(source, reason).set(count)
    answers = Gauge("scraper_http_answers", "HTTP answers", ["source", "status"], registry=registry)
    for status, answered in stats.answers.items():
        answers.labels(source, str(status)).set(answered)
    return generate_latest(registry)


def _replace(path: Path, content: bytes) -> None:
    """Replace a metrics file at once, as a textfile collector wants it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)


def _print_counts(title: str, counts: Sequence[tuple[str, int]]) -> None:
    width = max(len(name) for name, _ in counts)
    say("\n".join([f"{title}:", *(f"  {name:{width}} {count:>7,}" for name, count in counts)]))


def _table(stats: Stats, elapsed_s: float) -> "Table":
    from rich.table import Table  # noqa: PLC0415

    eta = stats.eta_s(elapsed_s)
    left = "not known yet" if eta is None else f"{eta:.0f} s" + (" for those found so far" if stats.discovering else "")
    table = Table(show_header=False, title=f"scraping for {elapsed_s:.0f} s", title_justify="left")
    table.add_row("pages", str(stats.pages))
    table.add_row("images", f"{stats.images} ({stats.unchanged} unchanged)")
    table.add_row("waiting", str(stats.waiting))
    table.add_row("read", f"{stats.bytes_read / 1e6:.1f} MB")
    table.add_row("rate", f"{stats.images / max(elapsed_s, 1e-9):.1f} images/s")
    table.add_row("left", left)
    for reason, count in stats.refused.most_common():
        table.add_row(f"refused: {reason}", str(count))
    return table
