"""Which sources there are, and how each is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from contracts.steps import InvalidInputError
from contracts.taxonomy import Taxonomy
from scraper.fetcher import Fetcher
from scraper.settings import ScraperSettings
from scraper.sources.atlas import SampleAtlas
from scraper.sources.folder import ImageFolder
from scraper.sources.protocol import Source
from scraper.tally import Tally
from webguard import Policy, WebClient, site_of

FOLDER_MINIMUM_IMAGES = 5
"""A transferred network learns something from this many; a medical class should have far more."""


class SourceName(StrEnum):
    """What `--source` takes."""

    SAMPLE = "sample"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What the command line says about the source."""

    folder: Path | None = None
    minimum_images: int = FOLDER_MINIMUM_IMAGES


@asynccontextmanager
async def open_source(
    name: SourceName, settings: ScraperSettings, options: SourceOptions, tally: Tally
) -> AsyncIterator[Source]:
    """A source, ready to be collected.

    Raises:
        InvalidInputError: if a setting that it needs is missing or wrong.
        TaxonomyError: if the taxonomy can't be read.
    """
    match name:
        case SourceName.SAMPLE:
            async with _client(settings, settings.sample_site_url) as client:
                taxonomy = Taxonomy.load(settings.taxonomy)
                yield SampleAtlas(settings.sample_site_url, taxonomy, Fetcher(client, settings, tally))
        case SourceName.FOLDER:
            if options.folder is None:
                msg = "--source folder needs --folder PATH, a folder that holds one folder of images for each class"
                raise InvalidInputError(msg)
            yield ImageFolder(options.folder, options.minimum_images, tally)


def _client(settings: ScraperSettings, site_url: str) -> WebClient:
    """A client for a site that the operator runs, so it may be on a private address; nothing else is reachable."""
    try:
        site = site_of(site_url)
    except ValueError as error:
        raise InvalidInputError(str(error)) from error
    return WebClient(
        Policy(sites=frozenset(), local_sites=frozenset({site})),
        user_agent=settings.user_agent(version("acneflow-scraper")),
        connections_per_host=settings.scraper_connections_per_host,
        timeout_s=settings.scraper_timeout_s,
    )
