"""One scrape, from beginning to end: survey the source, take in its images, publish a snapshot if anything is new.

Whatever goes wrong, the last snapshot stays the last: a new one appears only at the very end, whole.
"""

import asyncio
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass

from contracts.snapshot import RefusedImage, SnapshotManifest
from contracts.steps import say
from objectstore import ObjectStore
from scraper.collect import Collector, candidates
from scraper.errors import SiteChangedError
from scraper.progress import reporting
from scraper.snapshot import build, latest, publish, require_no_loss, says_the_same
from scraper.sources.protocol import Source, Survey
from scraper.tally import Tally


@dataclass(frozen=True, slots=True)
class Scrape:
    """How a scrape ended."""

    uri: str
    """Of the source's last snapshot: this one, or the one before if nothing changed."""
    snapshot: SnapshotManifest
    """What this scrape saw."""
    unchanged: bool


async def scrape(
    source: Source, store: ObjectStore, tally: Tally, *, per_class: int | None = None, allow_loss: bool = False
) -> Scrape:
    """Scrape a source into the store.

    Args:
        source: where images come from.
        store: where they go.
        tally: is kept up to date.
        per_class: take only so many images of each class.
        allow_loss: accept that a class has lost more than half of its images.

    Raises:
        SiteChangedError: if the source has lost its structure or much of its content.
        StepError: if it, or the store, can't be used or reached.
    """
    last = await asyncio.to_thread(latest, store, source.name)
    async with reporting(tally):
        survey = await _surveyed(source)
        collector = Collector(source, store, last[1] if last else None, tally)
        async with aclosing(candidates(source, survey, per_class=per_class)) as stream:
            harvest = await collector.collect(stream)
    if not harvest.images:
        msg = (
            f"none of the {len(harvest.refusals)} images that source {source.name!r} points to could be used; "
            "nothing was published"
        )
        raise SiteChangedError(msg)
    new = build(source, survey.classes, harvest)
    if last is not None:
        uri, before = last
        if not allow_loss:
            require_no_loss(source, before, new)
        if says_the_same(before, new):
            return Scrape(uri, new, unchanged=True)
    return Scrape(await asyncio.to_thread(publish, store, new), new, unchanged=False)


async def count_candidates(source: Source, tally: Tally, *, per_class: int | None = None) -> Counter[str]:
    """How many images a scrape would look at, by class; pages are read, images aren't, and nothing is written.

    Raises:
        StepError: as `scrape`.
    """
    counts: Counter[str] = Counter()
    async with reporting(tally):
        survey = await _surveyed(source)
        counts.update({c.name: 0 for c in survey.classes})
        async with aclosing(candidates(source, survey, per_class=per_class)) as stream:
            async for candidate in stream:
                if not isinstance(candidate, RefusedImage):
                    counts[candidate.label] += 1
    return counts


async def _surveyed(source: Source) -> Survey:
    survey = await source.survey()
    say(f"source {source.name}: {len(survey.classes)} classes. {source.notice}")
    for what in survey.left_out:
        say(f"left out: {what}")
    return survey
