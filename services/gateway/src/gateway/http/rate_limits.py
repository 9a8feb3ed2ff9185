"""How many requests each key may send: a bucket of tokens for each, refilled as time goes by. Knows no transport."""

import math
import time
from collections.abc import Callable

from gateway.http.errors import RateLimitedError


class Rates:
    """The buckets of one gateway."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, key_id: str, per_minute: int | None) -> None:
        """Count one request; a full bucket holds a minute's worth.

        Raises:
            RateLimitedError: if the bucket is empty, with the time until it isn't.
        """
        if per_minute is None:
            return
        now = self._clock()
        tokens, since = self._buckets.get(key_id, (float(per_minute), now))
        tokens = min(float(per_minute), tokens + (now - since) * per_minute / 60)
        if tokens < 1:
            self._buckets[key_id] = (tokens, now)
            after_s = max(1, math.ceil((1 - tokens) * 60 / per_minute))
            raise RateLimitedError(f"This key may send {per_minute} requests a minute.", retry_after_s=after_s)
        self._buckets[key_id] = (tokens - 1, now)
