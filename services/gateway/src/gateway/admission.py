"""Who is served now, who waits and who is sent away: a fixed number of places behind a bounded queue that is fair.

Clients take turns, however many requests each of them has waiting. The queue's length follows from the measured time
that a place is held. After a calm while it takes a burst; once the rush has lasted for a moment, it holds no more than
keeps the places busy, because a longer queue would make everybody wait and serve nobody more. A queue that empties now
and then is still a rush: only when nobody has waited for a while is it over.
Whoever is sent away is told when there will be room: each refusal books a later moment than the one before.

Knows no transport; times are seconds of a monotonic clock.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.errors import BusyError, TooSlowError

SMOOTHING = 0.05
"""Weight of the newest measurement in the mean time that a place is held."""
FIRST_GUESS_S = 0.05
"""That mean before anything was measured."""
BURST_WAIT_S = 0.5
"""As long a queue is accepted when a rush begins."""
BURST_S = 1.0
"""How long a rush counts as a burst."""
STANDING_TURNS = 1.0
"""As long a queue is accepted after that, in turns of all places."""
CALM_S = 1.0
"""Once nobody has waited for this long, the rush is over."""
PROMISED_SHARE = 0.5
"""Of the capacity, for those who come back when they were told to; the rest is for whoever comes first."""
LONGEST_PROMISE_S = 30

Clock = Callable[[], float]
Waiter = asyncio.Future[None]


class Admission:
    """The places of one gateway."""

    def __init__(self, places: int, *, clock: Clock = time.monotonic) -> None:
        self.places = places
        self.busy = 0
        self.held_s = FIRST_GUESS_S
        """Mean time that a place is held."""
        self._clock = clock
        self._waiting: OrderedDict[str, deque[Waiter]] = OrderedDict()
        self._queued = 0
        self._rush_since = -math.inf
        self._last_waited = -math.inf
        self._booked_until = 0.0

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return self._queued

    @property
    def room(self) -> int:
        """How many requests may wait now."""
        now = self._clock()
        if self._in_rush(now) and now - self._rush_since > BURST_S:
            return max(1, round(STANDING_TURNS * self.places))
        return max(self.places, round(BURST_WAIT_S * self._per_s))

    def refuse_if_full(self, client: str) -> None:
        """Send a client away before its photo is read, if there is no room for it.

        Raises:
            BusyError: with the time after which there will be room.
        """
        if self._queued >= self.room and self._to_displace(client) is None:
            raise self._refusal()

    @asynccontextmanager
    async def place(self, client: str, *, within_s: float, patient: bool = False) -> AsyncIterator[None]:
        """Hold a place; leaving it, in whatever way, gives it to the next.

        Args:
            client: whose turn it is.
            within_s: how long to wait at most.
            patient: wait even if the queue is full; for work that limits itself.

        Raises:
            BusyError: if there is no room, or won't be in time.
            TooSlowError: if there was no place in time after all.
        """
        await self._take(client, within_s, patient=patient)
        began = self._clock()
        try:
            yield
        except BaseException:
            self._pass_on()
            raise
        self.held_s += SMOOTHING * (self._clock() - began - self.held_s)
        self._pass_on()

    @property
    def _per_s(self) -> float:
        return self.places / max(self.held_s, 1e-4)

    async def _take(self, client: str, within_s: float, *, patient: bool) -> None:
        if self.busy < self.places and not self._queued:
            self.busy += 1
            return
        if not patient:
            self._make_room(client, within_s)
        waiter = self._enqueue(client)
        try:
            async with asyncio.timeout(within_s):
                await waiter
        except TimeoutError as error:
            self._leave(client, waiter)
            raise TooSlowError("The photo's turn didn't come before the deadline.", reason="queue") from error
        except asyncio.CancelledError:
            self._leave(client, waiter)
            raise

    def _make_room(self, client: str, within_s: float) -> None:
        if self._queued / self._per_s > within_s:
            raise self._refusal()
        if self._queued < self.room:
            return
        crowd = self._to_displace(client)
        if crowd is None:
            raise self._refusal()
        last = self._waiting[crowd].pop()
        self._forget_one(crowd)
        last.set_exception(self._refusal())

    def _to_displace(self, client: str) -> str | None:
        """Who has so many waiting that its last one must make room for this client's."""
        crowd = max(self._waiting, key=lambda name: len(self._waiting[name]), default=None)
        mine = len(self._waiting.get(client, ()))
        return crowd if crowd is not None and len(self._waiting[crowd]) > mine + 1 else None

    def _enqueue(self, client: str) -> Waiter:
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(waiter)
        now = self._clock()
        if not self._in_rush(now):
            self._rush_since = now
        self._last_waited = now
        self._queued += 1
        return waiter

    def _in_rush(self, now: float) -> bool:
        return self._queued > 0 or now - self._last_waited < CALM_S

    def _leave(self, client: str, waiter: Waiter) -> None:
        """One who waited goes away: its turn may just have come."""
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self._pass_on()
        elif client in self._waiting and waiter in self._waiting[client]:
            self._waiting[client].remove(waiter)
            self._forget_one(client)

    def _forget_one(self, client: str) -> None:
        if not self._waiting[client]:
            del self._waiting[client]
        self._queued -= 1
        self._last_waited = self._clock()

    def _pass_on(self) -> None:
        self.busy -= 1
        while self._queued and self.busy < self.places:
            client = next(iter(self._waiting))
            waiter = self._waiting[client].popleft()
            self._waiting.move_to_end(client)
            self._forget_one(client)
            if not waiter.done():
                self.busy += 1
                waiter.set_result(None)

    def _refusal(self) -> BusyError:
        now = self._clock()
        drained = now + self._queued / self._per_s
        booked = max(self._booked_until, drained) + 1 / (PROMISED_SHARE * self._per_s)
        self._booked_until = min(booked, now + LONGEST_PROMISE_S)
        after_s = max(1, math.ceil(self._booked_until - now))
        return BusyError(f"{self._queued} requests are waiting already.", retry_after_s=after_s)
