"""Fetches a site's pages and images the way its owner would want it. The only module here that speaks HTTP.

Nothing is asked for before robots.txt was read, and nothing that it forbids.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from yarl import URL

from contracts.steps import InvalidInputError
from imaging import DEFAULT_LIMITS, Reason
from scraper.crawl.stats import Stats
from scraper.errors import (
    HostBusyError,
    HostDownError,
    Refusal,
    RefusedError,
    SiteChangedError,
    SiteUnavailableError,
    TryLaterError,
)
from scraper.http import retry, robots
from scraper.http.caching import NO_VALIDATORS, Validators, fresh_for_s
from scraper.http.pacing import AutoThrottle, HostPacing
from scraper.http.robots import RobotsRules
from scraper.settings import ScraperSettings
from scraper.sources.protocol import Content, Unchanged, host_of
from webguard import (
    AddressRefusedError,
    Answer,
    BeforeHop,
    BeforeLarge,
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

REFUSED_TYPES = {
    Refusal.HTML: "text/html application/xhtml+xml",
    Refusal.SVG: "image/svg+xml text/xml application/xml",
    Refusal.ARCHIVE: "application/zip application/gzip application/x-gzip application/x-tar "
    "application/x-7z-compressed application/vnd.rar",
    Refusal.CONTENT_TYPE: "application/json application/pdf application/javascript text/javascript text/css text/csv "
    "video audio font",
}
"""What a server calls its answer, whole or by its kind, can rule a photo out and never rule one in: the content does.

Types that servers also give to what they know nothing of (text/plain, application/octet-stream) rule nothing out."""


class Fetcher:
    """One run's way to the web. Every error it raises is one of `scraper.errors`."""

    def __init__(self, client: WebClient, settings: ScraperSettings, stats: Stats) -> None:
        self._client = client
        self._settings = settings
        self._stats = stats
        self._pacings: dict[str, HostPacing] = {}
        self._rules: dict[str, asyncio.Task[RobotsRules]] = {}

    async def page(self, url: str, *, max_bytes: int = MAX_PAGE_BYTES) -> bytes:
        """A page or file that the run can't do without, asked for as often as settings say.

        Raises InvalidInputError if we may not fetch it or it isn't there, SiteUnavailableError if it can't be had now.
        """
        try:
            await self._require_allowed(url)
            answer = await self._insist(url, max_bytes=max_bytes, before_hop=self._require_allowed)
        except RefusedError as error:
            if error.reason in {Refusal.NETWORK, Refusal.TOO_SLOW}:
                raise SiteUnavailableError(f"{error}; try again later") from error
            raise InvalidInputError(str(error)) from error
        if retry.is_retryable(answer.status):
            raise SiteUnavailableError(f"{url} answered {answer.status} each time; try again later")
        if answer.status != 200:
            raise SiteChangedError(f"{url} answered {answer.status} where a page was expected; has the site changed?")
        self._stats.pages += 1
        return answer.body

    async def image(
        self, url: str, known: Validators | None, before_large: BeforeLarge | None = None
    ) -> Content | Unchanged:
        """An image's bytes, asked for once, or that it is still what `known` stands for.

        Raises RefusedError if it can't be had, TryLaterError if it may be had later, HostBusyError if the host wants to
        be left alone now, HostDownError if it was given up.
        """
        conditions = {} if known is None else known.conditions()
        await self._require_allowed(url)
        limit = DEFAULT_LIMITS.max_bytes
        answer = await self._ask(
            url, max_bytes=limit, headers=conditions, before_hop=self._require_allowed, before_large=before_large
        )
        if retry.is_retryable(answer.status):
            raise TryLaterError(RefusedError(f"http_{answer.status}", f"{url} answered {answer.status}"))
        if answer.status == 304 and conditions:
            return Unchanged(fresh_for_s(answer.headers))
        if answer.status != 200:
            raise RefusedError(f"http_{answer.status}", f"{url} answered {answer.status}")
        validators = Validators.of(answer.headers)
        tags = answer.headers.getall("X-Robots-Tag", [])
        if robots.tags_forbid(tags):
            raise RefusedError(Refusal.NO_AI, f"{url} came with X-Robots-Tag: {', '.join(tags)}", validators)
        kind = answer.headers.get("Content-Type")
        if (refusal := _refusal_for_type(kind)) is not None:
            raise RefusedError(refusal, f"{url} came as {kind}, not as an image", validators)
        return Content(answer.body, validators, fresh_for_s(answer.headers))

    def wait_s(self, host: str) -> float:
        return self._pacing(host).wait_s()

    async def _insist(self, url: str, *, max_bytes: int, before_hop: BeforeHop | None) -> Answer:
        """The last answer, whatever its status, once asking again can't help or was done often enough."""
        attempts = self._settings.scraper_attempts
        attempt = 1
        while True:
            try:
                answer = await self._ask(url, max_bytes=max_bytes, before_hop=before_hop)
                if attempt == attempts or not retry.is_retryable(answer.status):
                    return answer
            except HostBusyError as busy:
                await asyncio.sleep(busy.seconds)
                continue
            except TryLaterError as later:
                if attempt == attempts:
                    raise later.refusal from later
            await asyncio.sleep(retry.backoff_s(attempt))
            attempt += 1

    async def _ask(
        self,
        url: str,
        *,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        before_hop: BeforeHop | None = None,
        before_large: BeforeLarge | None = None,
    ) -> Answer:
        pacing = self._pacing(host_of(url))
        clock = asyncio.get_running_loop().time
        # robots.txt is asked for in the middle of others' turns, so it must not wait for one
        turn = pacing.slot() if before_hop else pacing.patience()
        try:
            async with turn:
                began = clock()
                answer = await self._client.get(
                    url, max_bytes=max_bytes, headers=headers, before_hop=before_hop, before_large=before_large
                )
        except (FetchFailedError, TooSlowError) as error:
            pacing.failed()
            raise TryLaterError(_refusal_for(error)) from error
        except WebGuardError as error:
            pacing.answered(clock() - began, good=False)
            raise _refusal_for(error) from error
        except RefusedError:  # robots.txt forbids where it redirects to
            pacing.answered(clock() - began, good=False)
            raise
        self._stats.bytes_read += len(answer.body)
        self._stats.answers[answer.status] += 1
        if retry.is_retryable(answer.status):
            pacing.cool_down(retry.retry_after_s(answer.headers.get("Retry-After"), datetime.now(UTC)))
            pacing.failed()
        else:
            pacing.answered(clock() - began, good=answer.status in {200, 304})
        return answer

    async def _require_allowed(self, url: str) -> None:
        rules = await self._rules_of(url)
        if not rules.allows(url):
            raise RefusedError(Refusal.ROBOTS, f"robots.txt forbids {url}")

    async def _rules_of(self, url: str) -> RobotsRules:
        origin = URL(url).origin()
        task = self._rules.get(str(origin))
        if task is None:
            task = self._rules[str(origin)] = asyncio.create_task(self._read_rules(str(origin / "robots.txt")))
        return await asyncio.shield(task)

    async def _read_rules(self, url: str) -> RobotsRules:
        try:
            answer = await self._insist(url, max_bytes=robots.MAX_BYTES, before_hop=None)
        except RefusedError as error:
            if error.reason in {Refusal.NETWORK, Refusal.TOO_SLOW}:
                raise HostDownError(f"{error}; try again later") from error
            raise
        rules = robots.rules_from(url, answer.status, answer.body)
        self._pacing(host_of(url)).require_delay(rules.crawl_delay_s)
        return rules

    def _pacing(self, host: str) -> HostPacing:
        if host not in self._pacings:
            slots = self._settings.scraper_connections_per_host
            throttle = AutoThrottle(slots) if self._settings.scraper_autothrottle else None
            self._pacings[host] = HostPacing(host, slots, throttle)
        return self._pacings[host]


def _refusal_for(error: WebGuardError) -> RefusedError:
    validators = Validators.of(error.headers) if isinstance(error, BodyTooLargeError) else NO_VALIDATORS
    return RefusedError(REFUSALS[type(error)], str(error), validators)


def _refusal_for_type(content_type: str | None) -> Refusal | None:
    """Why an answer of this Content-Type can't be a photo; None if it may be one."""
    media_type = (content_type or "").partition(";")[0].strip().casefold()
    names = {media_type, media_type.partition("/")[0]}
    return next((refusal for refusal, types in REFUSED_TYPES.items() if names & set(types.split())), None)
