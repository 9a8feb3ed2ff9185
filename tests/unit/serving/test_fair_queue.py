"""The queue in front of the cores: fair, bounded in time, and free of work that nobody waits for."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest

from serving.errors import Code, RequestRefusedError
from serving.server.fair_queue import FairQueue


@pytest.fixture
async def queue() -> AsyncIterator[FairQueue]:
    queue = FairQueue(1)
    yield queue
    queue.close()


async def test_results_come_in_order(queue: FairQueue) -> None:
    assert await queue.run(5, lambda _worker, piece: piece * piece, kind="x", deadline=None) == [0, 1, 4, 9, 16]


async def test_a_small_request_isnt_starved_by_a_large_one(queue: FairQueue) -> None:
    done: list[str] = []

    def slow(_worker: int, _piece: int) -> None:
        time.sleep(0.01)
        done.append("large")

    large = asyncio.create_task(queue.run(30, slow, kind="x", deadline=None))
    await asyncio.sleep(0.015)
    await queue.run(1, lambda *_: done.append("small"), kind="x", deadline=None)
    assert done.index("small") <= 4
    await large
    assert done.count("large") == 30


async def test_a_request_that_cant_be_met_in_time_is_refused_before_it_costs_a_core(queue: FairQueue) -> None:
    await queue.run(3, lambda *_: time.sleep(0.03), kind="x", deadline=None)
    busy = asyncio.create_task(queue.run(20, lambda *_: time.sleep(0.03), kind="x", deadline=None))
    await asyncio.sleep(0)
    ran: list[int] = []
    began = time.monotonic()
    with pytest.raises(RequestRefusedError, match=r"needs about .* waits only 0\.1") as refused:
        await queue.run(20, lambda _, piece: ran.append(piece), kind="x", deadline=time.monotonic() + 0.19)
    assert refused.value.code is Code.DEADLINE_EXCEEDED
    assert time.monotonic() - began < 0.1
    assert ran == []
    # taking turns, a request of one image is through at once
    await queue.run(1, lambda _, piece: ran.append(piece), kind="x", deadline=time.monotonic() + 0.19)
    busy.cancel()


async def test_an_idle_queue_refuses_nothing_by_old_measurements(queue: FairQueue) -> None:
    await queue.run(1, lambda *_: time.sleep(0.2), kind="x", deadline=None)
    await queue.run(1, lambda *_: None, kind="x", deadline=time.monotonic() + 0.1)


async def test_work_that_nobody_waits_for_any_more_is_dropped_and_what_has_begun_is_waited_for(
    queue: FairQueue,
) -> None:
    free, begun = threading.Event(), threading.Event()
    ran: list[int] = []

    def run(_worker: int, piece: int) -> None:
        ran.append(piece)
        begun.set()
        free.wait(10)

    abandoned = asyncio.create_task(queue.run(4, run, kind="x", deadline=None))
    await asyncio.to_thread(begun.wait, 10)
    abandoned.cancel()
    await asyncio.sleep(0.05)
    assert not abandoned.done()
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    await queue.run(1, lambda *_: None, kind="x", deadline=None)
    assert ran == [0]


async def test_giving_work_up_twice_is_no_fault(queue: FairQueue) -> None:
    faults: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    free, begun = threading.Event(), threading.Event()

    def run(_worker: int, _piece: int) -> None:
        begun.set()
        free.wait(10)

    abandoned = asyncio.create_task(queue.run(1, run, kind="x", deadline=None))
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(2):
        abandoned.cancel()
        await asyncio.sleep(0.02)
    assert abandoned.done()
    free.set()
    await queue.run(1, lambda *_: None, kind="x", deadline=None)
    assert faults == []


async def test_time_that_is_over_when_a_core_is_free_costs_no_core(queue: FairQueue) -> None:
    busy = asyncio.create_task(queue.run(1, lambda *_: time.sleep(0.2), kind="x", deadline=None))
    await asyncio.sleep(0.05)
    ran: list[int] = []
    with pytest.raises(RequestRefusedError, match="before a core was free"):
        await queue.run(1, lambda _, piece: ran.append(piece), kind="y", deadline=time.monotonic() + 0.05)
    assert ran == []
    await busy


async def test_an_error_ends_a_request_and_nothing_else(queue: FairQueue) -> None:
    ran: list[int] = []

    def run(_worker: int, piece: int) -> None:
        ran.append(piece)
        raise ValueError(piece)

    with pytest.raises(ValueError, match="0"):
        await queue.run(9, run, kind="x", deadline=None)
    assert await queue.run(2, lambda _, piece: piece, kind="x", deadline=None) == [0, 1]
    assert ran == [0]
