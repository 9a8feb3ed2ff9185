"""Admission: places, turns, bounds, and what those are told who are sent away."""

import asyncio

import pytest

from gateway.admission import BURST_S, BURST_WAIT_S, CALM_S, FIRST_GUESS_S, LONGEST_PROMISE_S, Admission
from gateway.errors import BusyError, TooSlowError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Guest:
    """A request that holds its place until it is told to go."""

    def __init__(
        self, admission: Admission, client: str, *, within_s: float = 10, log: list[str] | None = None
    ) -> None:
        self.go = asyncio.Event()
        self.task = asyncio.create_task(self._stay(admission, client, within_s, [] if log is None else log))

    async def _stay(self, admission: Admission, client: str, within_s: float, log: list[str]) -> None:
        async with admission.place(client, within_s=within_s):
            log.append(client)
            await self.go.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_are_served_at_once_than_there_are_places() -> None:
    admission = Admission(2)
    guests = [Guest(admission, "a") for _ in range(5)]
    await settle()
    assert (admission.busy, admission.waiting) == (2, 3)
    for guest in guests:
        guest.go.set()
        await settle()
        assert admission.busy <= 2
    assert (admission.busy, admission.waiting) == (0, 0)


async def test_clients_take_turns() -> None:
    admission, log = Admission(1), list[str]()
    guests = [Guest(admission, client, log=log) for client in "aaaabc"]
    for guest in [guests[0], guests[1], guests[4], guests[5], guests[2], guests[3]]:
        await settle()
        guest.go.set()
    await settle()
    assert log == list("aabcaa")


async def test_a_client_that_hangs_up_frees_its_place_and_its_turn() -> None:
    admission = Admission(1)
    first, second, third = (Guest(admission, "a") for _ in range(3))
    await settle()
    second.task.cancel()
    await settle()
    assert (admission.busy, admission.waiting) == (1, 1)
    first.task.cancel()
    await settle()
    assert (admission.busy, admission.waiting) == (1, 0)
    third.go.set()
    await settle()
    assert admission.busy == 0


async def test_one_whose_turn_comes_as_it_hangs_up_passes_it_on() -> None:
    admission = Admission(1)
    first, second, third = (Guest(admission, "a") for _ in range(3))
    await settle()
    first.go.set()
    await asyncio.sleep(0)
    second.task.cancel()
    await settle()
    assert admission.busy == 1
    third.go.set()
    await third.task
    assert (admission.busy, admission.waiting) == (0, 0)


async def test_who_waits_longer_than_it_can_is_told_so() -> None:
    admission = Admission(1)
    staying = Guest(admission, "a")
    await settle()
    with pytest.raises(TooSlowError):
        async with admission.place("b", within_s=0.01):
            pytest.fail("there was no place")
    assert admission.waiting == 0
    staying.go.set()
    await staying.task


async def test_the_queue_is_as_long_as_the_measured_time_allows() -> None:
    admission = Admission(2)
    assert admission.room == round(BURST_WAIT_S * 2 / FIRST_GUESS_S)
    admission.held_s = 1.0
    assert admission.room == 2  # a turn of all places always may wait


async def test_a_queue_that_stands_takes_no_more_than_keeps_the_places_busy() -> None:
    clock = Clock()
    admission = Admission(2, clock=clock)
    guests = [Guest(admission, "a") for _ in range(10)]
    await settle()
    clock.now += BURST_S + 0.1
    assert admission.room == 2
    with pytest.raises(BusyError):
        admission.refuse_if_full("a")
    for guest in guests:
        guest.go.set()
        await settle()
    assert admission.waiting == 0
    assert admission.room == 2  # a queue that empties for a moment doesn't end the rush
    clock.now += CALM_S + 0.1
    assert admission.room > 2


async def test_a_full_queue_makes_room_for_a_client_with_less_in_it() -> None:
    clock = Clock()
    admission = Admission(1, clock=clock)
    crowd = [Guest(admission, "crowd") for _ in range(8)]
    await settle()
    clock.now += BURST_S + 0.1
    admission.refuse_if_full("lone")
    lone = Guest(admission, "lone")
    await settle()
    with pytest.raises(BusyError):
        await crowd[-1].task
    assert admission.waiting == 7
    for guest in [*crowd[:-1], lone]:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in [*crowd[:-1], lone]))
    assert admission.busy == 0


async def test_who_cant_be_served_in_time_isnt_let_in() -> None:
    admission = Admission(1)
    admission.held_s = 1.0
    guests = [Guest(admission, "a") for _ in range(2)]
    await settle()
    with pytest.raises(BusyError):
        async with admission.place("b", within_s=0.5):
            pytest.fail("there was no place")
    for guest in guests:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in guests))


async def test_everyone_sent_away_is_promised_a_moment_of_their_own() -> None:
    clock = Clock()
    admission = Admission(1, clock=clock)
    guests = [Guest(admission, "a") for _ in range(9)]
    await settle()
    admission.held_s = 0.5
    clock.now += BURST_S + 0.1
    promises = []
    for _ in range(40):
        with pytest.raises(BusyError) as refused:
            admission.refuse_if_full("a")
        promises.append(refused.value.retry_after_s or 0)
    assert promises[0] >= 8 * 0.5  # what waits already comes first
    assert promises == sorted(promises)
    assert promises[-1] == LONGEST_PROMISE_S
    for guest in guests:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in guests))
