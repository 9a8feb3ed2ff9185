"""When a request is worth repeating, and how long to wait before. Pure rules."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom

BASE_S = 0.5
"""Mean wait before the first repetition is half of it."""
MAX_BACKOFF_S = 30.0
MAX_RETRY_AFTER_S = 120.0
"""A server that asks for more is asked again after this; the number of attempts ends it."""

Uniform = Callable[[float, float], float]
_uniform: Uniform = SystemRandom().uniform


def is_retryable(status: int) -> bool:
    """Whether the same request may well succeed later: 408, 429 and every 5xx."""
    return status in {408, 429} or 500 <= status <= 599


def backoff_s(failures: int, uniform: Uniform = _uniform) -> float:
    """Seconds to wait after so many failures (1 or more): exponential with full jitter.

    Source: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    return uniform(0.0, min(MAX_BACKOFF_S, BASE_S * 2.0 ** (failures - 1)))


def retry_after_s(value: str | None, now: datetime) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), capped; 0 if it says nothing readable.

    `now` has a time zone.
    """
    if value is None:
        return 0.0
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), MAX_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)
