"""When a request is repeated, and after how long."""

from datetime import UTC, datetime

import pytest

from scraper.http.retry import MAX_BACKOFF_S, MAX_RETRY_AFTER_S, backoff_s, is_retryable, retry_after_s

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_repeated(status: int) -> None:
    assert is_retryable(status)


@pytest.mark.parametrize("status", [200, 301, 304, 400, 401, 403, 404, 410, 451])
def test_what_stays_isnt_repeated(status: int) -> None:
    assert not is_retryable(status)


def test_the_wait_has_full_jitter_under_a_growing_and_capped_bound() -> None:
    bounds: list[float] = []

    def uniform(low: float, high: float) -> float:
        assert low == 0.0
        bounds.append(high)
        return high

    for failures in range(1, 12):
        backoff_s(failures, uniform)
    assert bounds[:4] == [0.5, 1.0, 2.0, 4.0]
    assert bounds[-1] == MAX_BACKOFF_S
    assert len({backoff_s(5) for _ in range(10)}) > 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0.0),
        ("3", 3.0),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("99999999999999999999", MAX_RETRY_AFTER_S),
        ("Thu, 01 Jan 2026 12:00:20 GMT", 20.0),
        ("Thu, 01 Jan 2026 12:00:20 -0000", 20.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Fri, 02 Jan 2026 12:00:00 GMT", MAX_RETRY_AFTER_S),
        ("-5", 0.0),
        ("soon", 0.0),
        ("²", 0.0),
    ],
)
def test_retry_after_is_read_in_both_forms_and_capped(header: str | None, seconds: float) -> None:
    assert retry_after_s(header, NOW) == seconds
