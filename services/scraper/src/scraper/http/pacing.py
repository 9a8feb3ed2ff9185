"""How fast one host is asked: so many requests at a time, each at a distance, and a pause when it asks for one.

Nobody waits here for a host that cools down: whoever comes then is told to come back.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.steps import InvalidInputError
from runtime.breaker import Circuit, CircuitBreaker
from scraper.errors import HostBusyError, HostDownError

MAX_CRAWL_DELAY_S = 60.0
"""A site that wants more between two requests isn't scraped at all; its wish isn't shortened."""
SHORT_WAIT_S = 5.0
"""A wait up to this may be waited out in one's turn; for a longer one there is better to do."""
START_DELAY_S = 0.1
"""Before anything is known of a host."""
MAX_DELAY_S = 60.0
FAILURES_TO_OPEN = 10
"""So many failures in a row, whatever the addresses, aren't chance."""
FIRST_PAUSE_S = 10.0
"""Doubles each time that the trial request fails."""
MAX_TRIALS = 3
"""After so many failed trial requests, over a minute after the host was left alone, it is taken to be down."""


class AutoThrottle:
    """How long to wait between two requests to one host, learnt from how fast it answers.

    Source: Scrapy's AutoThrottle (docs.scrapy.org/en/latest/topics/autothrottle.html), with its rule that an error
    never lowers the delay: errors come fast from a host that is in trouble.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self.delay_s = START_DELAY_S

    def answered(self, latency_s: float, *, good: bool) -> None:
        """Learn from an answer, whose latency runs from sending the request to having read it.

        One that isn't `good` (200 or 304) may raise the delay, never lower it.
        """
        target = latency_s / self._concurrency
        # the mean smooths one slow answer out; a rising latency is followed at once
        delay = min(max(target, (self.delay_s + target) / 2), MAX_DELAY_S)
        if good or delay > self.delay_s:
            self.delay_s = delay

    def failed(self) -> None:
        """No answer, or one that says "later": be twice as slow, and not faster than at the start."""
        self.delay_s = min(max(self.delay_s * 2, START_DELAY_S), MAX_DELAY_S)


class HostPacing:
    """One host's turns. `slots` are requests at a time; without a throttle it is asked as fast as these allow."""

    def __init__(self, host: str, slots: int, throttle: AutoThrottle | None) -> None:
        self.host = host
        self._slots = asyncio.Semaphore(slots)
        self._throttle = throttle
        self._breaker = CircuitBreaker(
            failures_to_open=FAILURES_TO_OPEN, pause_s=FIRST_PAUSE_S, growth=2, max_trials=MAX_TRIALS
        )
        self._crawl_delay_s = 0.0
        self._next_at = 0.0
        self._cool_until = 0.0

    @property
    def delay_s(self) -> float:
        """Between the beginnings of two requests: robots.txt's Crawl-delay is the floor of what the throttle says."""
        return max(self._crawl_delay_s, self._throttle.delay_s if self._throttle else 0.0)

    def require_delay(self, crawl_delay_s: float) -> None:
        """Heed a Crawl-delay from now on; raises InvalidInputError if it is longer than we wait."""
        if crawl_delay_s > MAX_CRAWL_DELAY_S:
            raise InvalidInputError(
                f"{self.host} asks for {crawl_delay_s:g} s between requests; more than {MAX_CRAWL_DELAY_S:g} s isn't "
                "supported. Ask the site's owner for another way to its images"
            )
        self._crawl_delay_s = crawl_delay_s

    def wait_s(self) -> float:
        """Seconds until it makes sense to ask the host for something."""
        now = asyncio.get_running_loop().time()
        return max(self._pause_s(now), self._next_at - now - self.delay_s, 0.0)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the host's slots, for one request.

        Raises HostBusyError if the host has to be left alone for longer than a turn, HostDownError if it was given up.
        """
        async with self._slots:
            loop = asyncio.get_running_loop()
            if self._breaker.state is Circuit.DOWN:
                raise HostDownError(f"{self.host} failed again and again, also after pauses; try again later")
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
