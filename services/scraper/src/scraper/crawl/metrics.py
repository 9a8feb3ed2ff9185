"""A run's counts for machines: Prometheus' text format and a JSON summary, from the same figures."""

import json
import os
from collections import Counter
from pathlib import Path

from scraper.crawl.stats import Tally


def exposition(source: str, tally: Tally, elapsed_s: float) -> bytes:
    """The metrics in Prometheus' text format.

    They are gauges of one run, as a textfile collector or a push gateway takes them, not counters of a process that
    lives on.
    """
    # a scrape that finds nothing new writes none, and is spared the import
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry()

    def gauge(name: str, help_text: str, value: float) -> None:
        Gauge(f"scraper_{name}", help_text, ["source"], registry=registry).labels(source).set(value)

    gauge("pages", "Pages read", tally.pages)
    gauge("images", "Addresses that hold a usable image", tally.images)
    gauge("images_unchanged", "Of those, the ones of which no byte had to be fetched", tally.unchanged)
    gauge("waiting", "Addresses found and not looked at yet", tally.waiting)
    gauge("read_bytes", "Bytes of answers and files", tally.bytes_read)
    gauge("retries", "Requests that were repeated", tally.retries)
    gauge("elapsed_seconds", "How long the run takes", elapsed_s)
    refused = Gauge("scraper_refused", "Images that were refused", ["source", "reason"], registry=registry)
    for reason, count in tally.refused.items():
        refused.labels(source, reason).set(count)
    answers = Gauge("scraper_http_answers", "HTTP answers", ["source", "status"], registry=registry)
    for status, answered in tally.answers.items():
        answers.labels(source, str(status)).set(answered)
    return generate_latest(registry)


def snapshot_files(
    source: str, tally: Tally, images: Counter[str], refused: Counter[str], elapsed_s: float
) -> dict[str, bytes]:
    """What stands beside a snapshot's manifest, by file name. The run's figures are those since it last began."""
    summary = {
        "source": source,
        "images": images.total(),
        "images_by_class": dict(sorted(images.items())),
        "refused": refused.total(),
        "refused_by_reason": dict(sorted(refused.items())),
        "run": {
            "pages": tally.pages,
            "unchanged": tally.unchanged,
            "read_bytes": tally.bytes_read,
            "retries": tally.retries,
            "http_answers": {str(status): count for status, count in sorted(tally.answers.items())},
            "elapsed_s": round(elapsed_s, 3),
        },
    }
    return {
        "summary.json": json.dumps(summary, indent=2).encode(),
        "metrics.prom": exposition(source, tally, elapsed_s),
    }


def write(path: Path, content: bytes) -> None:
    """Replace a metrics file at once, as a textfile collector wants it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
