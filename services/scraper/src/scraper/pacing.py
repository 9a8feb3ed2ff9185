"""How fast one host is asked: so many requests at a time, pages at a distance, and a pause when it asks for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.steps import InvalidInputError
from scraper.errors import SiteUnavailableError

MAX_CRAWL_DELAY_S = 60.0
"""A site that wants more between two pages isn't scraped at all; its wish isn't shortened."""
MAX_GIVEN_UP_IN_A_ROW = 10
"""After so many addresses in a row that failed in every attempt, the host is taken to be down."""


class HostPacing:
    """One host's turns. Crawl-delay spaces *pages*; the images on them share the slots.

    Crawl-delay is no standard; it was made for page crawlers, and a browser that obeys it between pages still loads
    a page's images at once. Spacing images too would take hours on an atlas and relieve a server of little.
    """

    def __init__(self, host: str, slots: int) -> None:
        self._host = host
        self._slots = asyncio.Semaphore(slots)
        self._next_page_at = 0.0
        self._cool_until = 0.0
        self._given_up_in_a_row = 0

    async def page_turn(self, crawl_delay_s: float) -> None:
        """Wait until the next page may be asked for.

        Raises:
            InvalidInputError: if the site wants longer pauses than we make.
        """
        if crawl_delay_s > MAX_CRAWL_DELAY_S:
            msg = (
                f"{self._host} asks for {crawl_delay_s:g} s between pages; more than {MAX_CRAWL_DELAY_S:g} s isn't "
                "supported. Ask the site's owner for another way to its images"
            )
            raise InvalidInputError(msg)
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_page_at)
        self._next_page_at = at + crawl_delay_s
        await asyncio.sleep(at - now)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the host's slots, once the host has cooled down."""
        async with self._slots:
            loop = asyncio.get_running_loop()
            while (wait := self._cool_until - loop.time()) > 0:  # noqa: ASYNC110 - another answer may prolong it
                await asyncio.sleep(wait)
            yield

    def cool_down(self, seconds: float) -> None:
        """Ask nothing of the host for so long: what Retry-After says of one address holds for all."""
        self._cool_until = max(self._cool_until, asyncio.get_running_loop().time() + seconds)

    def answered(self) -> None:
        """The host gave an answer, welcome or not."""
        self._given_up_in_a_row = 0

    def given_up(self, why: str) -> None:
        """An address failed in every attempt.

        Raises:
            SiteUnavailableError: if the host seems to be down.
        """
        self._given_up_in_a_row += 1
        if self._given_up_in_a_row >= MAX_GIVEN_UP_IN_A_ROW:
            msg = f"{self._host} failed {self._given_up_in_a_row} addresses in a row (last: {why}); try again later"
            raise SiteUnavailableError(msg)
