"""What sources share: how their images are read, from the web or from this machine's disk, and what a taxonomy says."""

import asyncio
import os
from collections.abc import Container
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from contracts.snapshot import SnapshotClass
from contracts.taxonomy import Taxonomy
from imaging import DEFAULT_LIMITS
from scraper.crawl.memory import MemoryLease
from scraper.crawl.stats import Stats
from scraper.errors import Refusal, RefusedError
from scraper.http.caching import NO_VALIDATORS, Validators
from scraper.http.fetcher import Fetcher
from scraper.sources.protocol import Content, Unchanged
from webguard import LARGE_BYTES


class FromWeb:
    """Images at web addresses."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def read(self, url: str, known: Validators | None, lease: MemoryLease) -> Content | Unchanged:
        return await self._fetcher.image(url, known, lease.for_large_body)

    def wait_s(self, host: str) -> float:
        return self._fetcher.wait_s(host)


class LabelledSite(FromWeb):
    """One site, whose own names for things a taxonomy sorts into classes."""

    one_site = True

    def __init__(self, taxonomy: Taxonomy, fetcher: Fetcher) -> None:
        super().__init__(fetcher)
        self._taxonomy = taxonomy

    def should_still_have(self, url: str, label: str) -> bool:  # noqa: ARG002
        """Images of classes that were taken out of the taxonomy aren't missed."""
        return any(c.name == label for c in self._taxonomy.classes)

    def _classes(self, names: Container[str]) -> tuple[SnapshotClass, ...]:
        minimum_of = self._taxonomy.minimum_of
        return tuple(
            SnapshotClass(name=c.name, display_name=c.display_name, minimum_images=minimum_of(c.name))
            for c in self._taxonomy.classes
            if c.name in names
        )


class FromDisk:
    """Images at `file:` addresses."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    async def read(self, url: str, known: Validators | None, lease: MemoryLease) -> Content:  # noqa: ARG002
        """A file's bytes, always read: that costs less than being wrong about a file's date."""
        path = Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))
        try:
            if (await asyncio.to_thread(path.stat)).st_size >= LARGE_BYTES:
                await lease.for_large_body()
            body = await asyncio.to_thread(_read, path)
        except OSError as error:
            raise RefusedError(Refusal.UNREADABLE, f"{path} can't be read: {error.strerror}") from error
        self._stats.bytes_read += len(body)
        return Content(body, NO_VALIDATORS)

    def wait_s(self, host: str) -> float:  # noqa: ARG002
        return 0.0


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        # one byte more than is accepted is enough to refuse it
        return file.read(DEFAULT_LIMITS.max_bytes + 1)
