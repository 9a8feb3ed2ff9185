"""The rules by which hosts are asked, and how memory and work are limited. No socket is needed for them."""

import asyncio

import pytest
from multidict import CIMultiDict

from scraper.crawl.memory import DECODING_BYTES, Memory
from scraper.crawl.stats import Budget, Stats
from scraper.errors import BudgetSpentError
from scraper.http.caching import MAX_FRESH_S, fresh_for_s
from scraper.http.pacing import MAX_DELAY_S, START_DELAY_S, AutoThrottle


def test_a_slow_host_is_asked_less_often_and_a_fast_one_more() -> None:
    throttle = AutoThrottle(concurrency=4)
    throttle.answered(2.0, good=True)
    assert throttle.delay_s == 0.5
    for _ in range(20):
        throttle.answered(0.04, good=True)
    assert throttle.delay_s == pytest.approx(0.01, rel=0.01)


def test_an_error_never_lowers_the_delay() -> None:
    throttle = AutoThrottle(concurrency=4)
    throttle.answered(4.0, good=True)
    throttle.answered(0.001, good=False)
    assert throttle.delay_s == 1.0
    throttle.answered(8.0, good=False)
    assert throttle.delay_s == 2.0
    throttle.failed()
    assert throttle.delay_s == 4.0


def test_the_delay_stays_within_bounds() -> None:
    throttle = AutoThrottle(concurrency=1)
    throttle.answered(0.0, good=True)
    throttle.failed()
    assert throttle.delay_s >= START_DELAY_S
    for _ in range(30):
        throttle.failed()
    assert throttle.delay_s == MAX_DELAY_S


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Cache-Control": "max-age=600"}, 600),
        ({"cache-control": 'public, Max-Age="60", immutable', "Age": "20"}, 40),
        ({"Cache-Control": "max-age=10", "Age": "20"}, 0),
        ({"Cache-Control": "no-cache, max-age=600"}, 0),
        ({"Cache-Control": "no-store"}, 0),
        ({"Cache-Control": "max-age=nonsense"}, 0),
        ({"Cache-Control": "max-age=9999999999"}, MAX_FRESH_S),
        ({"Expires": "Wed, 21 Oct 2026 07:29:00 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60),
        ({"Expires": "Wed, 21 Oct 2026 07:29:00 GMT", "Date": "Wed, 21 Oct 2026 07:30:00 GMT"}, 0),
        ({"Expires": "0", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_only_what_a_server_promised_makes_an_answer_fresh(headers: dict[str, str], seconds: float) -> None:
    assert fresh_for_s(CIMultiDict(headers)) == seconds


@pytest.mark.parametrize("budget", [Budget(pages=3), Budget(megabytes=1.5), Budget(minutes=2)])
def test_a_budget_ends_the_run_when_it_is_spent(budget: Budget) -> None:
    budget.require(Stats(pages=2, bytes_read=1_400_000), 119)
    with pytest.raises(BudgetSpentError, match="run the same command again"):
        budget.require(Stats(pages=3, bytes_read=1_500_000), 120)


async def test_one_large_body_is_in_memory_at_a_time() -> None:
    memory, held, most = Memory(), 0, 0

    async def large() -> None:
        nonlocal held, most
        async with memory.lease() as lease:
            await lease.for_large_body()
            await lease.for_large_body()
            held += 1
            most = max(most, held)
            await asyncio.sleep(0.001)
            held -= 1

    await asyncio.gather(*(large() for _ in range(10)))
    assert most == 1


async def test_pictures_are_decoded_together_only_while_there_is_memory() -> None:
    memory, used, most = Memory(), 0, 0

    async def decode(size: int) -> None:
        nonlocal used, most
        async with memory.lease() as lease:
            await lease.for_decoding(size)
            used += size
            most = max(most, used)
            await asyncio.sleep(0.001)
            used -= size

    sizes = [DECODING_BYTES, *[DECODING_BYTES // 3] * 9, DECODING_BYTES]
    await asyncio.gather(*(decode(size) for size in sizes))
    assert DECODING_BYTES // 3 < most <= DECODING_BYTES
