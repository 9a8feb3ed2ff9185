"""How fast one host is asked: so many requests at a time, each at a distance, and a pause when it asks for one.

Nobody waits here for a host that cools down: whoever comes then is told to come back.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.steps import InvalidInputError
from scraper.errors import HostBusyError, HostDownError
from scraper.http.breaker import Circuit, CircuitBreaker
from scraper.http.throttle import AutoThrottle

MAX_CRAWL_DELAY_S = 60.0
"""A site that wants more between two requests isn't scraped at all; its wish isn't shortened."""
SHORT_WAIT_S = 5.0
"""A wait up to this may be waited out in one's turn; for a longer one there is better to do."""


class HostPacing:
    """One host's turns.

    Args:
        host: for messages.
        slots: requests at a time.
        throttle: None asks as fast as the slots allow.
    """

    def __init__(self, host: str, slots: int, throttle: AutoThrottle | None) -> None:
        self.host = host
        self._slots = asyncio.Semaphore(slots)
        self._throttle = throttle
        self._breaker = CircuitBreaker()
        self._crawl_delay_s = 0.0
        self._next_at = 0.0
        self._cool_until = 0.0

    @property
    def delay_s(self) -> float:
        """Between the beginnings of two requests: robots.txt's Crawl-delay is the floor of what the throttle says."""
        return max(self._crawl_delay_s, self._throttle.delay_s if self._throttle else 0.0)

    def require_delay(self, crawl_delay_s: float) -> None:
        """Heed a Crawl-delay from now on.

        Raises:
            InvalidInputError: if the site wants longer pauses than we make.
        """
        if crawl_delay_s > MAX_CRAWL_DELAY_S:
            msg = (
                f"{self.host} asks for {crawl_delay_s:g} s between requests; more than {MAX_CRAWL_DELAY_S:g} s isn't "
                "supported. Ask the site's owner for another way to its images"
            )
            raise InvalidInputError(msg)
        self._crawl_delay_s = crawl_delay_s

    def wait_s(self) -> float:
        """Seconds until it makes sense to ask the host for something."""
        now = asyncio.get_running_loop().time()
        return max(self._pause_s(now), self._next_at - now - self.delay_s, 0.0)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the host's slots, for one request.

        Raises:
            HostBusyError: if the host has to be left alone for longer than a turn.
            HostDownError: if it was given up.
        """
        async with self._slots:
            loop = asyncio.get_running_loop()
            if self._breaker.state is Circuit.DOWN:
                msg = f"{self.host} failed again and again, also after pauses; try again later"
                raise HostDownError(msg)
            if (pause := self._pause_s(loop.time())) > 0:
                raise HostBusyError(pause)
            at = max(loop.time(), self._next_at)
            self._next_at = at + self.delay_s
            self._breaker.started()
            await asyncio.sleep(at - loop.time())
            yield

    @asynccontextmanager
    async def patience(self) -> AsyncIterator[None]:
        """Only wait until the host may be asked, whoever else asks."""
        await asyncio.sleep(self.wait_s())
        yield

    def cool_down(self, seconds: float) -> None:
        """Ask nothing of the host for so long: what Retry-After says of one address holds for all."""
        self._cool_until = max(self._cool_until, asyncio.get_running_loop().time() + seconds)

    def answered(self, latency_s: float, *, good: bool) -> None:
        """The host gave an answer, welcome or not."""
        self._breaker.answered()
        if self._throttle:
            self._throttle.answered(latency_s, good=good)

    def failed(self) -> None:
        """It gave none, or one that says "later"."""
        self._breaker.failed(asyncio.get_running_loop().time())
        if self._throttle:
            self._throttle.failed()

    def _pause_s(self, now: float) -> float:
        pause = max(self._cool_until - now, self._breaker.wait_s(now), 0.0)
        return SHORT_WAIT_S if math.isinf(pause) else pause
