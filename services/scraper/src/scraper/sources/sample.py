"""The sample site: an atlas whose every page must say that it is synthetic."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.steps import InvalidInputError
from contracts.taxonomy import Taxonomy
from scraper.crawl.stats import Stats
from scraper.http.sites import fetching_from
from scraper.settings import ScraperSettings
from scraper.sources.atlas import Atlas
from scraper.sources.protocol import Source, SourceOptions


class SampleAtlas(Atlas):
    """The site that `services/sample-site` serves."""

    name = "sample"
    synthetic = True
    notice = "The pictures are synthetic: drawn by a program, they show nobody's skin and prove nothing about any."
    licence = "not stated"

    def _require_right_site(self, url: str, says_synthetic: bool) -> None:
        if not says_synthetic:
            raise InvalidInputError(
                f'{url} doesn\'t say <meta name="synthetic" content="true">, so it is no sample site; '
                "its pictures aren't taken under that name. Check ACNEFLOW_SAMPLE_SITE_URL"
            )


@asynccontextmanager
async def open_source(settings: ScraperSettings, options: SourceOptions, stats: Stats) -> AsyncIterator[Source]:  # noqa: ARG001
    async with fetching_from(settings.sample_site_url, settings, stats, public=None) as fetcher:
        yield SampleAtlas(settings.sample_site_url, Taxonomy.load(settings.taxonomy), fetcher)
