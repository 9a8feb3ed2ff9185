"""One scrape, from beginning to end: survey the source, take in its images, publish a snapshot if anything is new.

A scrape that was broken off, even by a kill, goes on where it was. Whatever goes wrong, the last snapshot stays the
last: a new one appears only at the very end, whole.
"""

import asyncio
import hashlib
import sqlite3
import time
from collections import Counter
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from pathlib import Path

from contracts import keys
from contracts.snapshot import SnapshotClass
from contracts.steps import StepError, say
from objectstore import ObjectStore
from scraper.crawl.crawler import Crawl, Options
from scraper.crawl.progress import reporting, snapshot_files
from scraper.crawl.stats import Stats
from scraper.errors import SiteChangedError, StateUnusableError
from scraper.sources.protocol import Candidate, Source, Survey
from scraper.state import snapshot
from scraper.state.checkpoint import StateKeeper
from scraper.state.database import State

MAX_RESUME_AGE_S = 86400.0
"""A scrape that was begun longer ago than a day begins anew: what it saw first may have changed since."""
CHECKPOINT_EVERY_S = 60.0
CHECKPOINT_SHARE = 20
"""Checkpoints take at most one part in so many of the time, however large the state is."""
LAST_CHECKPOINT_S = 3.0
"""So long a run that is being stopped tries to leave its state in the store; it lies on this machine in any case."""


@dataclass(frozen=True, slots=True)
class Scrape:
    uri: str
    """Of the source's last snapshot: this one, or the one before if nothing changed."""
    classes: tuple[SnapshotClass, ...]
    images: Counter[str]
    """What this scrape saw, by class."""
    refused: Counter[str]
    """By reason."""
    unchanged: bool


async def scrape(
    source: Source, store: ObjectStore, stats: Stats, cache: Path, options: Options | None = None
) -> Scrape:
    """Scrape a source into the store.

    Raises SiteChangedError if the source has lost its structure or much of its content, BudgetSpentError if it isn't
    done within the budget, AnotherScraperError if somebody else scrapes it, StateUnusableError if the state can't be
    kept in `cache`, and another StepError if the source or the store can't be used or reached.
    """
    keeper = StateKeeper(store, source.name, cache)
    try:
        with keeper.lock():
            state = await asyncio.to_thread(keeper.open)
            with closing(state):
                return await _scrape(source, store, stats, options or Options(), keeper=keeper, state=state)
    except (sqlite3.Error, OSError) as error:
        msg = f"the state of the scrape can't be kept in {keeper.path}: {error}. Make room, or set ACNEFLOW_CACHE"
        raise StateUnusableError(msg) from error


async def _scrape(
    source: Source, store: ObjectStore, stats: Stats, options: Options, *, keeper: StateKeeper, state: State
) -> Scrape:
    began = time.monotonic()
    last = await asyncio.to_thread(snapshot.latest, store, source.name)
    if last is not None:
        await asyncio.to_thread(snapshot.recall, store, last, state)
    async with reporting(stats, source.name, options.metrics_file):
        survey = await _survey_of(source)
        identity = _identity(survey, options)
        if state.under_way(identity, max_age_s=MAX_RESUME_AGE_S):
            stats.images, stats.refused = state.settled_counts()
            stats.waiting = state.waiting()
            say(f"going on where the last run was broken off: {stats.settled} images are looked at already")
        else:
            state.begin(identity, survey.sections)
        if state.has_addresses():
            # in a thread, and nobody else uses the state meanwhile
            await asyncio.to_thread(state.note_present, (info.key for info in store.walk(keys.images())))
        crawl = Crawl(source, store, state, stats, options)
        await _with_checkpoints(crawl, keeper, state)
    counts, refused = state.sightings.counts(), state.sightings.refusal_counts()
    seen = Scrape("", survey.classes, counts, refused, unchanged=False)
    if not options.allow_loss:
        snapshot.require_no_loss(source, state, counts, options.largest_loss)
    classes = snapshot.classes_json(survey.classes)
    if last is not None and state.value("classes") == classes and state.sightings.says_the_same():
        scraped = replace(seen, uri=last, unchanged=True)
    else:
        # fails if there is a second writer, before anything is published
        await _checkpoint(keeper, state)
        if not counts:
            raise SiteChangedError(
                f"none of the {refused.total()} images that source {source.name!r} points to could be used; "
                "nothing was published"
            )
        files = snapshot_files(source.name, stats, counts, refused, time.monotonic() - began)
        uri = await asyncio.to_thread(snapshot.publish, store, source, survey.classes, state, files)
        scraped = replace(seen, uri=uri)
    state.end(scraped.uri, classes, published=not scraped.unchanged)
    await _checkpoint(keeper, state)
    return scraped


async def count_candidates(
    source: Source, stats: Stats, *, per_class: int | None = None
) -> tuple[tuple[SnapshotClass, ...], Counter[str]]:
    """The classes, and how many images of each a scrape would look at; pages are read, and nothing is written."""
    counts: Counter[str] = Counter()
    async with reporting(stats):
        survey = await _survey_of(source)
        for section in survey.sections:
            async with aclosing(source.images(section, "")) as batches:
                async for batch in batches:
                    counts[section.label] += sum(isinstance(each, Candidate) for each in batch.found)
                    if per_class is not None and counts[section.label] >= per_class:
                        counts[section.label] = per_class
                        break
    return survey.classes, counts


async def _with_checkpoints(crawl: Crawl, keeper: StateKeeper, state: State) -> None:
    async def save_from_time_to_time() -> None:
        pause = CHECKPOINT_EVERY_S
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            state.commit()
            await _checkpoint(keeper, state)
            pause = max(CHECKPOINT_EVERY_S, CHECKPOINT_SHARE * (time.monotonic() - began))

    saving = asyncio.create_task(save_from_time_to_time())
    crawling = asyncio.create_task(crawl.run())
    try:
        await asyncio.wait({saving, crawling}, return_when=asyncio.FIRST_COMPLETED)
        if saving.done():
            saving.result()  # it only ends by failing
        crawling.result()
    except asyncio.CancelledError:
        say("stopped; nothing is published, and the same command goes on from here")
        raise
    finally:
        for task in (saving, crawling):
            task.cancel()
        await asyncio.wait({saving, crawling})
        if crawling.cancelled() or crawling.exception() is not None:
            await _last_checkpoint(keeper, state)


async def _last_checkpoint(keeper: StateKeeper, state: State) -> None:
    try:
        async with asyncio.timeout(LAST_CHECKPOINT_S):
            await _checkpoint(keeper, state)
    except (StepError, TimeoutError) as error:
        say(f"the state stays on this machine only: {error or 'the store is too slow'}")


async def _checkpoint(keeper: StateKeeper, state: State) -> None:
    state.set_value("etag", await asyncio.to_thread(keeper.save, state.value("etag")))


async def _survey_of(source: Source) -> Survey:
    survey = await source.survey()
    say(f"source {source.name}: {len(survey.classes)} classes. {source.notice}")
    for what in survey.left_out:
        say(f"left out: {what}")
    return survey


def _identity(survey: Survey, options: Options) -> str:
    """The same for two scrapes that would take the same images under the same labels."""
    return hashlib.sha256(repr((survey.classes, survey.sections, options.per_class)).encode()).hexdigest()
