"""Admission: places, turns, bounds, and what those are told who are sent away."""

import asyncio

import pytest

from gateway.http.errors import BusyError, TooSlowError
from gateway.predict.admission import BURST_WAIT_S, CALM_S, FIRST_GUESS_S, LEAST_RETRY_S, STANDING, Admission
from gateway.predict.retry_times import LONGEST_S, SHARE, RetryTimes


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Guest:
    """A request that holds its place until it is told to go."""

    def __init__(
        self, admission: Admission, client: str, *, patient: bool = False, log: list[str] | None = None
    ) -> None:
        self.go = asyncio.Event()
        self.task = asyncio.create_task(self._stay(admission, client, [] if log is None else log, patient=patient))

    async def _stay(self, admission: Admission, client: str, log: list[str], *, patient: bool) -> None:
        async with admission.place(client, within_s=10, patient=patient):
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


async def fill(admission: Admission, client: str) -> list[Guest]:
    """As many guests as fit."""
    guests = [Guest(admission, client) for _ in range(admission.places + admission.room)]
    await settle()
    assert admission.waiting == admission.room
    return guests


async def leave(guests: list[Guest]) -> None:
    """All give back their places."""
    for guest in guests:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in guests))


async def test_who_asks_again_only_when_answered_is_never_sent_away() -> None:
    clock = Clock()
    admission = Admission(2, clock=clock)
    guests = await fill(admission, "a")
    for _ in range(100):
        first = guests.pop(0)
        clock.now += FIRST_GUESS_S / 2  # of two places, one falls free
        first.go.set()
        await first.task
        admission.refuse_if_full("a")
        guests.append(Guest(admission, "a"))
        await settle()
    await leave(guests)


async def test_once_the_queue_was_full_it_takes_no_more_than_keeps_the_places_busy() -> None:
    clock = Clock()
    admission = Admission(2, clock=clock)
    guests = await fill(admission, "a")
    with pytest.raises(BusyError):
        admission.refuse_if_full("a")
    assert admission.room == STANDING
    for guest in guests:
        guest.go.set()
        await guest.task
    assert admission.waiting == 0
    clock.now += CALM_S - 0.1
    assert admission.room == STANDING  # a queue that empties for a moment doesn't mean that fewer come
    clock.now += 0.2
    assert admission.room > STANDING


async def test_a_full_queue_makes_room_for_a_client_with_less_in_it() -> None:
    admission = Admission(1)
    crowd = await fill(admission, "crowd")
    with pytest.raises(BusyError):
        admission.refuse_if_full("crowd")
    admission.refuse_if_full("lone")
    lone = Guest(admission, "lone")
    await settle()
    with pytest.raises(BusyError):
        await crowd[-1].task
    for guest in [*crowd[:-1], lone]:
        guest.go.set()
    await asyncio.gather(*(guest.task for guest in [*crowd[:-1], lone]))
    assert (admission.busy, admission.waiting) == (0, 0)


async def test_a_request_that_has_just_been_cancelled_makes_room_as_well() -> None:
    admission = Admission(1)
    crowd = await fill(admission, "crowd")
    newcomer = Guest(admission, "lone")  # comes to the queue before the other has left it
    crowd[-1].task.cancel()
    await settle()
    assert admission.waiting == len(crowd) - 1
    await leave([*crowd[:-1], newcomer])


async def test_a_part_of_a_batch_isnt_displaced() -> None:
    admission = Admission(1)
    batch = [Guest(admission, "batch", patient=True) for _ in range(admission.places + admission.room)]
    await settle()
    with pytest.raises(BusyError):
        admission.refuse_if_full("lone")
    single = Guest(admission, "lone")
    await settle()
    with pytest.raises(BusyError):
        await single.task
    await leave(batch)


async def test_a_short_queue_makes_room_for_a_client_that_has_nothing_here() -> None:
    admission = Admission(2)
    admission.held_s = 10.0
    crowd = [Guest(admission, "crowd") for _ in range(4)]
    await settle()
    with pytest.raises(BusyError):
        admission.refuse_if_full("crowd")
    for guest in crowd[:2]:
        guest.go.set()
    await settle()
    assert (admission.busy, admission.waiting) == (2, 0)
    with pytest.raises(BusyError):
        admission.refuse_if_full("crowd")
    admission.refuse_if_full("lone")
    lone = Guest(admission, "lone")
    await settle()
    assert (admission.busy, admission.waiting) == (2, STANDING)
    crowd[2].go.set()
    await settle()
    assert (admission.busy, admission.waiting) == (2, 0)
    await leave([*crowd, lone])


async def test_while_more_come_than_can_be_served_a_free_place_is_there_for_anybody() -> None:
    admission = Admission(2)
    guests = await fill(admission, "a")
    with pytest.raises(BusyError):
        admission.refuse_if_full("a")
    await leave(guests[1:])
    assert (admission.busy, admission.waiting) == (1, 0)
    admission.refuse_if_full("a")
    guests.append(Guest(admission, "a"))
    await settle()
    assert admission.busy == 2
    with pytest.raises(BusyError):
        admission.refuse_if_full("a")
    await leave([guests[0], guests[-1]])


async def test_who_cant_be_served_in_time_isnt_let_in() -> None:
    admission = Admission(1)
    admission.held_s = 1.0
    guests = [Guest(admission, "a") for _ in range(2)]
    await settle()
    with pytest.raises(BusyError):
        async with admission.place("b", within_s=0.5):
            pytest.fail("there was no place")
    await leave(guests)


async def test_who_is_sent_away_is_told_to_come_when_what_waits_is_done() -> None:
    admission = Admission(1)
    admission.held_s = 20.0
    guests = await fill(admission, "a")
    with pytest.raises(BusyError) as refused:
        admission.refuse_if_full("a")
    assert refused.value.retry_after_s is not None
    assert refused.value.retry_after_s >= len(guests[1:]) * 20.0
    await leave(guests)


async def test_the_longer_more_come_than_can_be_served_the_later_one_is_told_to_come() -> None:
    clock = Clock()
    admission = Admission(1, clock=clock)
    guests = await fill(admission, "a")
    told = []
    for _ in range(60):
        with pytest.raises(BusyError) as refused:
            admission.refuse_if_full("a")
        told.append(refused.value.retry_after_s or 0)
        clock.now += CALM_S / 2
    assert told[0] == LEAST_RETRY_S
    assert told[20] >= LEAST_RETRY_S + 10
    assert told == sorted(told)
    await leave(guests)


@pytest.mark.parametrize("per_s", [1.0, 3.0, 12.0, 100.0, 400.0])
def test_no_more_are_told_to_come_at_once_than_can_be_served(per_s: float) -> None:
    retry_times = RetryTimes()
    back = []
    for number in range(round(3 * per_s)):  # three times as many as can be served, for a second
        now = 1000 + number / (3 * per_s)
        back.append(now + retry_times.book(now, not_before_s=2.0, per_s=per_s))
    back = sorted(moment for moment in back if moment < 1000 + LONGEST_S)
    assert len(back) > per_s / 2
    within_s = 1.0 if per_s < 20 else 0.2
    at_once = [sum(moment <= other < moment + within_s for other in back) for moment in back]
    assert max(at_once) <= SHARE * per_s * (within_s + 0.1) + 1


def test_what_was_promised_is_forgotten_when_it_is_over() -> None:
    retry_times = RetryTimes()
    told = [retry_times.book(1000.0, not_before_s=1, per_s=2) for _ in range(200)]
    assert told[-1] == LONGEST_S
    assert retry_times.book(1100.0, not_before_s=1, per_s=2) == 1
