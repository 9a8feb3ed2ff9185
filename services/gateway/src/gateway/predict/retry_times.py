"""When refused clients may come back: at moments of their own, no more of them at once than can be served.

Retry-After counts whole seconds, so a client can only come back at the same fraction of a second at which it was sent
away. Moments are therefore booked tenth by tenth of a second; else all of a second would come in its first half.

Knows no transport; times are seconds of a monotonic clock.
"""

import math
from collections import Counter

SHARE = 0.5
"""Of the capacity, for those who come back; the rest is for whoever comes first."""
SLOTS_PER_S = 10
LONGEST_S = 60
"""Nobody is told to wait longer, whatever is booked by then."""


class RetryTimes:
    def __init__(self) -> None:
        self._booked: Counter[int] = Counter()
        """By tenth of a second."""
        self._tidied = 0.0

    def book(self, now: float, *, not_before_s: float, per_s: float) -> int:
        """Seconds after which to come back, at least `not_before_s`; `per_s` requests are served in a second."""
        self._forget_what_is_over(now)
        slot = int(now * SLOTS_PER_S)
        for after_s in range(max(1, math.ceil(not_before_s)), LONGEST_S):
            if self._has_room(slot + after_s * SLOTS_PER_S, SHARE * per_s):
                self._booked[slot + after_s * SLOTS_PER_S] += 1
                return after_s
        return LONGEST_S

    def _has_room(self, slot: int, per_s: float) -> bool:
        if per_s >= SLOTS_PER_S:
            return self._booked[slot] < int(per_s / SLOTS_PER_S)
        around = range(slot - SLOTS_PER_S + 1, slot + SLOTS_PER_S)  # every second that it is in
        return sum(self._booked[near] for near in around) < max(1, int(per_s))

    def _forget_what_is_over(self, now: float) -> None:
        if now - self._tidied >= 1:
            self._tidied = now
            self._booked = Counter({slot: n for slot, n in self._booked.items() if slot >= (now - 1) * SLOTS_PER_S})
