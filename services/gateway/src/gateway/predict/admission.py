"""Admission control: a fixed number of places for photos that are worked on, behind a bounded, fair queue.

Clients take turns, however many requests each of them has waiting. The queue's length follows from the measured time
that a place is held: it takes a burst, and a client that sends one request after the other never fills it. Once it has
been full, the gateway is overloaded. Then a request takes a free place or is refused, since a queue would make
everybody wait and serve nobody more; only a client with nothing here may wait, until nothing had to be refused for a
while.

Knows no transport; times are seconds of a monotonic clock.
"""

import asyncio
import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.http.errors import BusyError, TooSlowError
from gateway.predict.retry_times import RetryTimes

SMOOTHING = 0.05
"""Weight of the newest measurement in the mean time that a place is held."""
FIRST_GUESS_S = 0.05
"""That mean before anything was measured."""
BURST_WAIT_S = 0.5
"""The queue may be this long while nothing had to be refused."""
STANDING = 1
"""So many may wait under overload, of clients that have nothing here: they'd find no place free."""
CALM_S = 1.0
"""The overload is over when nothing had to be refused for this long."""
LEAST_RETRY_S = 3.0
"""A refused client is told to wait for this long, and as long again as the overload has lasted: how much longer it will
last isn't known, but what has lasted tends to last."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    turn: asyncio.Future[None]
    patient: bool


class Admission:
    def __init__(self, places: int, *, clock: Clock = time.monotonic) -> None:
        self.places = places
        self.busy = 0
        self.held_s = FIRST_GUESS_S
        """Mean time that a place is held."""
        self._clock = clock
        self._waiting: OrderedDict[str, deque[_Waiter]] = OrderedDict()
        self._queued = 0
        self._held: Counter[str] = Counter()
        self._retry_times = RetryTimes()
        self._overloaded_since = -math.inf
        self._last_full = -math.inf

    @property
    def waiting(self) -> int:
        return self._queued

    @property
    def free(self) -> bool:
        """Whether a request takes a place without waiting now."""
        return self.busy < self.places and not self._queued

    @property
    def room(self) -> int:
        """How many requests may wait now; under overload, of clients that have nothing here."""
        if self._overloaded(self._clock()):
            return STANDING
        return max(self.places, round(BURST_WAIT_S * self._per_s))

    def refuse_if_full(self, client: str) -> None:
        """Refuse a client before its photo is read, if there is no room for it."""
        if not self._may_wait(client) and self._to_displace(client) is None:
            raise self._refusal()

    @asynccontextmanager
    async def place(self, client: str, *, within_s: float, patient: bool = False) -> AsyncIterator[None]:
        """Hold a place; leaving the context, in whatever way, gives it to the next.

        `patient` waits even if the queue is full, and makes no room for others; for work that limits itself.

        Raises:
            BusyError: if there is no room, or won't be in time.
            TooSlowError: if there was no place in time after all.
        """
        await self._take(client, within_s, patient=patient)
        began = self._clock()
        try:
            yield
            self.held_s += SMOOTHING * (self._clock() - began - self.held_s)
        finally:
            self._pass_on(client)

    @property
    def _per_s(self) -> float:
        return self.places / max(self.held_s, 1e-4)

    async def _take(self, client: str, within_s: float, *, patient: bool) -> None:
        if self.free:
            self._seat(client)
            return
        if not patient:
            self._make_room(client, within_s)
        waiter = _Waiter(asyncio.get_running_loop().create_future(), patient)
        self._waiting.setdefault(client, deque()).append(waiter)
        self._queued += 1
        try:
            async with asyncio.timeout(within_s):
                await waiter.turn
        except TimeoutError as error:
            self._leave(client, waiter)
            raise TooSlowError("The photo's turn didn't come before the deadline.", reason="queue") from error
        except asyncio.CancelledError:
            self._leave(client, waiter)
            raise

    def _make_room(self, client: str, within_s: float) -> None:
        if self._queued / self._per_s > within_s:
            raise self._refusal()
        if self._may_wait(client):
            return
        crowd = self._to_displace(client)
        if crowd is None:
            raise self._refusal()
        last = next(waiter for waiter in reversed(self._waiting[crowd]) if not waiter.patient)
        self._remove(crowd, last)
        if not last.turn.done():  # else its client has just hung up
            last.turn.set_exception(self._refusal())

    def _may_wait(self, client: str) -> bool:
        """Whether there is room for one more of this client's, or a place free."""
        if self._here(client) and self._overloaded(self._clock()):
            return self.free
        return self._queued < self.room

    def _to_displace(self, client: str) -> str | None:
        """The client with so many requests here that its last one must make room for this client's."""
        impatient = (name for name, queue in self._waiting.items() if not all(waiter.patient for waiter in queue))
        crowd = max(impatient, key=self._here, default=None)
        return crowd if crowd is not None and self._here(crowd) > self._here(client) + 1 else None

    def _here(self, client: str) -> int:
        return self._held[client] + len(self._waiting.get(client, ()))

    def _overloaded(self, now: float) -> bool:
        return now - self._last_full < CALM_S

    def _leave(self, client: str, waiter: _Waiter) -> None:
        """A waiting request leaves; its turn may just have come."""
        turn = waiter.turn
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            self._pass_on(client)
        elif waiter in self._waiting.get(client, ()):
            self._remove(client, waiter)

    def _remove(self, client: str, waiter: _Waiter) -> None:
        self._waiting[client].remove(waiter)
        if not self._waiting[client]:
            del self._waiting[client]
        self._queued -= 1

    def _seat(self, client: str) -> None:
        self.busy += 1
        self._held[client] += 1

    def _pass_on(self, client: str) -> None:
        self.busy -= 1
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        while self._queued and self.busy < self.places:
            following = next(iter(self._waiting))
            waiter = self._waiting[following][0]
            self._waiting.move_to_end(following)
            self._remove(following, waiter)
            if not waiter.turn.done():
                self._seat(following)
                waiter.turn.set_result(None)

    def _refusal(self) -> BusyError:
        now = self._clock()
        if not self._overloaded(now):
            self._overloaded_since = now
        self._last_full = now
        not_before_s = max(self._queued / self._per_s, LEAST_RETRY_S + now - self._overloaded_since)
        after_s = self._retry_times.book(now, not_before_s=not_before_s, per_s=self._per_s)
        return BusyError(f"{self._queued} requests are waiting already.", retry_after_s=after_s)
