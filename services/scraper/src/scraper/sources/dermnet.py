"""dermnet.com: a copyrighted atlas, for operators who have the right to use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.steps import InvalidInputError
from contracts.taxonomy import Taxonomy
from scraper.crawl.stats import Stats
from scraper.http.sites import fetching_from
from scraper.settings import ScraperSettings
from scraper.sources.atlas import Atlas
from scraper.sources.protocol import Source, SourceOptions

PUBLIC = str(ScraperSettings.model_fields["dermnet_url"].default)


class Dermnet(Atlas):
    name = "dermnet"
    synthetic = False
    notice = "The pictures are from dermnet.com, a copyrighted atlas; the operator has stated the right to use them."
    licence = "copyright dermnet.com; used by the operator's right"

    def _require_right_site(self, url: str, says_synthetic: bool) -> None:
        if says_synthetic:
            msg = f"{url} says that its pictures are synthetic; use --source sample, or check ACNEFLOW_DERMNET_URL"
            raise InvalidInputError(msg)


@asynccontextmanager
async def open_source(settings: ScraperSettings, options: SourceOptions, stats: Stats) -> AsyncIterator[Source]:  # noqa: ARG001
    if not settings.dermnet_acknowledged:
        raise InvalidInputError(
            "dermnet.com is a copyrighted atlas. If you have the right to use its pictures, set "
            "ACNEFLOW_DERMNET_ACKNOWLEDGED=yes; docs/data-sources.md says more"
        )
    if settings.contact is None:
        raise InvalidInputError(
            "--source dermnet needs ACNEFLOW_CONTACT: how the site's owner reaches you; it is sent in the User-Agent"
        )
    async with fetching_from(settings.dermnet_url, settings, stats, public=PUBLIC) as fetcher:
        yield Dermnet(settings.dermnet_url, Taxonomy.load(settings.taxonomy), fetcher)
