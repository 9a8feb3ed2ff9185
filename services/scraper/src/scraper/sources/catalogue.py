"""Opens a source by its name: `contracts.run_parameters` lists them, and each has a module of its name here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from contracts.run_parameters import PARAMETERS
from contracts.steps import InvalidInputError
from scraper.crawl.stats import Stats
from scraper.http.sites import FORBIDDEN_DOMAINS
from scraper.settings import ScraperSettings
from scraper.sources.protocol import OpenSource, Source, SourceOptions

REFUSED = {"dermnetnz": FORBIDDEN_DOMAINS["dermnetnz.org"]}
"""Known only to be refused by name."""

if TYPE_CHECKING:
    SourceName = str
else:  # typer and pydantic take these as names written here
    SourceName = Literal[(*PARAMETERS.sources, *REFUSED)]
"""What `--source` takes."""


@asynccontextmanager
async def open_source(
    name: SourceName, settings: ScraperSettings, options: SourceOptions, stats: Stats
) -> AsyncIterator[Source]:
    """A source, ready to be collected; raises as `protocol.OpenSource` does, and where nobody may use the source."""
    if name in REFUSED:
        raise InvalidInputError(f"{REFUSED[name]}, is no source. See docs/data-sources.md for those that are")
    open_it: OpenSource = import_module(f"scraper.sources.{name}").open_source
    async with open_it(settings, options, stats) as source:
        yield source
