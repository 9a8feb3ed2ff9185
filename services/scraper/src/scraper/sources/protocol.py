"""What a source is, and how one is added.

A source named `x` takes:

1. `sources/x.py`: a class with the members of `Source`, reading by `reading.FromWeb` or `reading.FromDisk`, and
   `open_source`, an `OpenSource`, which makes one ready;
2. its entry in `sources` of `libs/contracts/src/contracts/run_parameters.json`, from which the command line, the API,
   the page and Airflow's form have it;
3. what it is told in `settings.py`, if anything, and a line in `.env.example`.

`urls.py` is an example; a site with galleries is a subclass of `atlas.Atlas`, as in `sample.py`.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from yarl import URL

from contracts.snapshot import RefusedImage, SnapshotClass
from scraper.crawl.memory import MemoryLease
from scraper.crawl.stats import Stats
from scraper.http.caching import Validators
from scraper.settings import ScraperSettings

FOLDER_MINIMUM_IMAGES = 5
"""A transferred network learns something from this many; a medical class should have far more."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a source whose images all have one label."""

    label: str
    address: str
    """As the source reads it: a gallery's URL, a folder's path."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to collect."""

    classes: tuple[SnapshotClass, ...]
    sections: tuple[Section, ...]
    left_out: tuple[str, ...]
    """What the source also has and isn't collected, in words."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that a source points to, before anybody has looked at it."""

    url: str
    page: str | None
    label: str
    group: str
    licence: str
    skin_tone: int | None = None
    """Monk scale, 1 to 10."""
    fitzpatrick: int | None = None
    """Fitzpatrick skin type, 1 to 6."""


@dataclass(frozen=True, slots=True)
class Content:
    """An image's bytes, by what they are known again, and for how long nobody need ask."""

    body: bytes
    validators: Validators
    fresh_for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An image is still what its validators stood for."""

    fresh_for_s: float = 0.0


Found = Candidate | RefusedImage
"""What is recognisably no image comes as refused."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one look at a section gave: a page's images, some of a folder's files."""

    found: tuple[Found, ...]
    resume_at: str
    """Given to `Source.images`, goes on after this batch."""


class Source(Protocol):
    """Finds images and reads them. It judges none: `crawl.acceptance` does, for all sources alike."""

    name: str
    """Its folder in the store."""
    synthetic: bool
    """Whether its images are drawn."""
    notice: str
    """One sentence for people about where the images come from."""
    one_site: bool
    """Whether it stands or falls with one site; otherwise it goes on without a host that is down."""

    async def survey(self) -> Survey:
        """Look at what there is; raises StepError if it isn't a source as this class knows it."""

    def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        """The images of one section, from its beginning if `resume_at` is empty."""

    async def read(self, url: str, known: Validators | None, lease: MemoryLease) -> Content | Unchanged:
        """An image's bytes, tried once, or that it is still what `known` stands for; raises as `Fetcher.image`."""

    def wait_s(self, host: str) -> float:
        """Seconds until it makes sense to read from a host."""

    def should_still_have(self, url: str, label: str) -> bool:
        """Whether an image of an earlier snapshot is one that this source, as it is set up now, would collect."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    folder: Path | None = None
    """A folder of class folders, or a table."""
    minimum_images: int = FOLDER_MINIMUM_IMAGES
    urls: str | None = None
    """Where a table of addresses is: a path, or an address of the store or the web."""


OpenSource = Callable[[ScraperSettings, SourceOptions, Stats], AbstractAsyncContextManager[Source]]
"""Makes a source ready to be collected.

Raises InvalidInputError if a setting that it needs is missing or wrong; TaxonomyError if the taxonomy can't be read."""


def host_of(url: str) -> str:
    """The host and port whose manners an address falls under; empty for a file."""
    return URL(url).host_port_subcomponent or ""
