"""Fetches a site's pages and images the way its owner would want it. The only module here that speaks HTTP.

Nothing is asked for before robots.txt was read, and nothing that it forbids.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from yarl import URL

from contracts.steps import InvalidInputError, StepError
from imaging import DEFAULT_LIMITS, Reason
from scraper import retry, robots
from scraper.errors import Refusal, RefusedError, SiteChangedError, SiteUnavailableError
from scraper.pacing import HostPacing
from scraper.robots import RobotsRules
from scraper.settings import ScraperSettings
from scraper.sources.protocol import Content
from scraper.tally import Tally
from scraper.validators import NO_VALIDATORS, Validators
from webguard import (
    AddressRefusedError,
    Answer,
    BodyTooLargeError,
    EncodedBodyError,
    FetchFailedError,
    TooManyRedirectsError,
    TooSlowError,
    UrlRefusedError,
    WebClient,
    WebGuardError,
)

MAX_PAGE_BYTES = 5 * 2**20
"""A gallery page has some tens of kilobytes."""

REFUSALS: Mapping[type[WebGuardError], str] = {
    UrlRefusedError: Refusal.ADDRESS,
    AddressRefusedError: Refusal.ADDRESS,
    TooManyRedirectsError: Refusal.REDIRECTS,
    EncodedBodyError: Refusal.ENCODED,
    BodyTooLargeError: Reason.TOO_MANY_BYTES,
    TooSlowError: Refusal.TOO_SLOW,
    FetchFailedError: Refusal.NETWORK,
}
"""By what name a failed fetch is counted."""


class Fetcher:
    """One run's way to the web. Every error it raises is one of `scraper.errors`."""

    def __init__(self, client: WebClient, settings: ScraperSettings, tally: Tally) -> None:
        self._client = client
        self._settings = settings
        self._tally = tally
        self._pacings: dict[str, HostPacing] = {}
        self._rules: dict[str, asyncio.Task[RobotsRules]] = {}

    async def page(self, url: str) -> bytes:
        """A page that the run can't do without.

        Raises:
            InvalidInputError: if we may not fetch it, or it isn't there.
            SiteUnavailableError: if it can't be had now.
        """
        try:
            rules = await self._allowed(url)
            answer = await self._get(url, max_bytes=MAX_PAGE_BYTES, crawl_delay_s=rules.crawl_delay_s)
        except RefusedError as error:
            raise _fatal(error) from error
        if retry.is_retryable(answer.status):
            msg = f"{url} answered {answer.status} each time; try again later"
            raise SiteUnavailableError(msg)
        if answer.status != 200:
            msg = f"{url} answered {answer.status} where a page was expected; has the site changed?"
            raise SiteChangedError(msg)
        self._tally.pages += 1
        return answer.body

    async def image(self, url: str, known: Validators | None) -> Content | None:
        """An image's bytes; None if it is still what `known` stands for.

        Raises:
            RefusedError: if it can't be had; the run goes on without it.
            SiteUnavailableError: if the whole site seems to be down.
        """
        conditions = {} if known is None else known.conditions()
        await self._allowed(url)
        answer = await self._get(url, max_bytes=DEFAULT_LIMITS.max_bytes, headers=conditions)
        if answer.status == 304 and conditions:
            return None
        if answer.status != 200:
            raise RefusedError(f"http_{answer.status}", f"{url} answered {answer.status}")
        validators = Validators.of(answer.headers)
        tags = answer.headers.getall("X-Robots-Tag", [])
        if robots.tags_forbid(tags):
            raise RefusedError(Refusal.NO_AI, f"{url} came with X-Robots-Tag: {', '.join(tags)}", validators)
        return Content(answer.body, validators)

    async def _get(
        self,
        url: str,
        *,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        crawl_delay_s: float = 0.0,
        heed_robots: bool = True,
    ) -> Answer:
        """The final answer, whatever its status, once repeating can't help or was tried often enough."""
        pacing = self._pacing(url)
        attempts = self._settings.scraper_attempts
        for attempt in range(1, attempts + 1):
            if crawl_delay_s:
                await pacing.page_turn(crawl_delay_s)
            try:
                async with pacing.slot():
                    answer = await self._client.get(
                        url, max_bytes=max_bytes, headers=headers, before_hop=self._require if heed_robots else None
                    )
            except (FetchFailedError, TooSlowError) as error:
                if attempt == attempts:
                    pacing.given_up(str(error))
                    raise _refused(error) from error
            except WebGuardError as error:
                raise _refused(error) from error
            else:
                self._tally.bytes_read += len(answer.body)
                if not retry.is_retryable(answer.status):
                    pacing.answered()
                    return answer
                pacing.cool_down(retry.retry_after_s(answer.headers.get("Retry-After"), datetime.now(UTC)))
                if attempt == attempts:
                    pacing.given_up(f"{url} answered {answer.status}")
                    return answer
            await asyncio.sleep(retry.backoff_s(attempt))
        raise AssertionError(url)

    async def _allowed(self, url: str) -> RobotsRules:
        rules = await self._rules_of(url)
        if not rules.allows(url):
            raise RefusedError(Refusal.ROBOTS, f"robots.txt forbids {url}")
        return rules

    async def _require(self, url: str) -> None:
        await self._allowed(url)

    async def _rules_of(self, url: str) -> RobotsRules:
        origin = URL(url).origin()
        task = self._rules.get(str(origin))
        if task is None:
            task = self._rules[str(origin)] = asyncio.create_task(self._read_rules(str(origin / "robots.txt")))
        return await asyncio.shield(task)

    async def _read_rules(self, url: str) -> RobotsRules:
        try:
            answer = await self._get(url, max_bytes=robots.MAX_BYTES, heed_robots=False)
        except RefusedError as error:
            raise _fatal(error) from error
        return robots.rules_from(url, answer.status, answer.body)

    def _pacing(self, url: str) -> HostPacing:
        site = str(URL(url).host_port_subcomponent)
        if site not in self._pacings:
            self._pacings[site] = HostPacing(site, self._settings.scraper_connections_per_host)
        return self._pacings[site]


def _refused(error: WebGuardError) -> RefusedError:
    validators = Validators.of(error.headers) if isinstance(error, BodyTooLargeError) else NO_VALIDATORS
    return RefusedError(REFUSALS[type(error)], str(error), validators)


def _fatal(error: RefusedError) -> StepError:
    if error.reason in {Refusal.NETWORK, Refusal.TOO_SLOW}:
        return SiteUnavailableError(f"{error}; try again later")
    return InvalidInputError(str(error))
