"""Takes in what a source points to: several images at a time, each address once, each image judged alike.

Writes images to the store, which harms nobody if the run breaks off; what a scrape *saw* is for `snapshot` to publish.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from pydantic import AwareDatetime

from contracts import keys
from contracts.manifest import utc_now
from contracts.snapshot import RefusedImage, SnapshotImage, SnapshotManifest
from objectstore import ObjectStore, PreconditionFailedError
from scraper.admission import Admitted, admit
from scraper.errors import RefusedError
from scraper.sources.protocol import Candidate, Found, Source, Survey
from scraper.tally import Tally
from scraper.validators import Validators

WORKERS = 8
"""More than one host's slots, so that some images are decoded and stored while others are fetched."""
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Harvest:
    """All sightings of a run, in an order that doesn't depend on which came first."""

    images: tuple[SnapshotImage, ...]
    refusals: tuple[RefusedImage, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    image: Admitted
    validators: Validators
    fetched_at: AwareDatetime
    unchanged: bool


_Outcome = _Taken | RefusedError


async def candidates(source: Source, survey: Survey, *, per_class: int | None = None) -> AsyncGenerator[Found, None]:
    """Everything that the sections of a survey point to, or the first `per_class` images of each class."""
    seen: Counter[str] = Counter()
    for section in survey.sections:
        async with aclosing(source.images(section)) as found:
            async for candidate in found:
                if per_class is not None and seen[section.label] >= per_class:
                    break
                seen[section.label] += 1
                yield candidate


class Collector:
    """One run over one source.

    Args:
        source: where images come from.
        store: where they go.
        last: the last snapshot, by whose validators unchanged images are known.
        tally: is kept up to date.
    """

    def __init__(self, source: Source, store: ObjectStore, last: SnapshotManifest | None, tally: Tally) -> None:
        self._source = source
        self._store = store
        self._tally = tally
        self._known_images = {image.url: image for image in last.images} if last else {}
        self._known_refusals = {refusal.url: refusal for refusal in last.refusals} if last else {}
        self._stored: set[str] = set()
        self._outcomes: dict[str, asyncio.Task[_Outcome]] = {}
        self._decoders = asyncio.Semaphore(os.cpu_count() or 1)
        self._images: list[SnapshotImage] = []
        self._refusals: list[RefusedImage] = []

    async def collect(self, stream: AsyncIterator[Found]) -> Harvest:
        """Take in all candidates.

        Raises:
            StepError: the first one that the source or the store raised.
        """
        self._stored = await asyncio.to_thread(self._keys_in_store)
        pull = asyncio.Lock()
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(WORKERS):
                    workers.create_task(self._work(stream, pull))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        return Harvest(
            images=tuple(sorted(self._images, key=lambda i: (i.label, i.group, i.url, i.page or ""))),
            refusals=tuple(sorted(self._refusals, key=lambda r: (r.label, r.url, r.page or ""))),
        )

    async def _work(self, stream: AsyncIterator[Found], pull: asyncio.Lock) -> None:
        while True:
            async with pull:
                candidate = await anext(stream, None)
            if candidate is None:
                return
            if isinstance(candidate, RefusedImage):
                self._refuse(candidate)
                continue
            task = self._outcomes.get(candidate.url)
            if task is None:
                task = self._outcomes[candidate.url] = asyncio.create_task(self._take(candidate.url))
            self._note(candidate, await task)

    async def _take(self, url: str) -> _Outcome:
        try:
            content = await self._source.read(url, self._validators(url))
            if content is None:
                return self._recalled(url)
            async with self._decoders:
                image = await asyncio.to_thread(admit, content.body, content.validators)
        except RefusedError as refused:
            return refused
        if image.key not in self._stored:
            await asyncio.to_thread(self._put, image.key, content.body)
        return _Taken(image, content.validators, utc_now(), unchanged=False)

    def _validators(self, url: str) -> Validators | None:
        """Those by which to ask whether anything changed; None if the bytes are needed in any case."""
        image, refusal = self._known_images.get(url), self._known_refusals.get(url)
        if image is not None:
            return Validators(image.etag, image.last_modified) if image.key in self._stored else None
        return None if refusal is None else Validators(refusal.etag, refusal.last_modified)

    def _recalled(self, url: str) -> _Outcome:
        image = self._known_images.get(url)
        if image is None:
            refusal = self._known_refusals[url]
            validators = Validators(refusal.etag, refusal.last_modified)
            return RefusedError(refusal.reason, f"{url} is still what was refused last time", validators)
        admitted = Admitted(image.sha256, image.key, image.size, image.width, image.height)
        return _Taken(admitted, Validators(image.etag, image.last_modified), image.fetched_at, unchanged=True)

    def _note(self, candidate: Candidate, outcome: _Outcome) -> None:
        if isinstance(outcome, RefusedError):
            etag, last_modified = outcome.validators
            self._refuse(
                RefusedImage(
                    url=candidate.url,
                    page=candidate.page,
                    label=candidate.label,
                    reason=outcome.reason,
                    etag=etag,
                    last_modified=last_modified,
                )
            )
            return
        self._tally.images += 1
        self._tally.unchanged += outcome.unchanged
        self._images.append(
            SnapshotImage(
                sha256=outcome.image.sha256,
                key=outcome.image.key,
                size=outcome.image.size,
                width=outcome.image.width,
                height=outcome.image.height,
                label=candidate.label,
                group=candidate.group,
                url=candidate.url,
                page=candidate.page,
                licence=candidate.licence,
                skin_tone=candidate.skin_tone,
                etag=outcome.validators.etag,
                last_modified=outcome.validators.last_modified,
                fetched_at=outcome.fetched_at,
            )
        )

    def _refuse(self, refusal: RefusedImage) -> None:
        self._tally.refused[refusal.reason] += 1
        self._refusals.append(refusal)

    def _keys_in_store(self) -> set[str]:
        return {info.key for info in self._store.walk(keys.images())}

    def _put(self, key: str, body: bytes) -> None:
        try:
            self._store.put(key, body, content_type=MEDIA_TYPES[key.rpartition(".")[2]], if_absent=True)
        except PreconditionFailedError:
            return  # the same content came from elsewhere a moment ago
