"""The circuit breaker: after failures in a row nothing passes, then one probe decides."""

from contextlib import suppress

import pytest

from gateway.http.errors import GatewayError, ModelServerAwayError, NotFoundError, TooSlowError
from gateway.predict.breaker import FAILURES, PATIENT_S, PAUSE_S, Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, error: GatewayError | None = None, *, timeout_s: float = 10.0) -> None:
    with suppress(GatewayError), breaker.guard(timeout_s=timeout_s):
        raise error or ModelServerAwayError("away")


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock=clock)
    for _ in range(FAILURES):
        fail(breaker)
    assert breaker.state.value == "open"
    return breaker


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker()
    for _ in range(3 * FAILURES):
        for _ in range(FAILURES - 1):
            fail(breaker)
        with breaker.guard(timeout_s=10):
            pass
    assert breaker.state.value == "closed"


def test_after_failures_in_a_row_nothing_passes() -> None:
    breaker = opened(Clock())
    with pytest.raises(ModelServerAwayError) as raised, breaker.guard(timeout_s=10):
        pytest.fail("it passed")
    assert (raised.value.reason, raised.value.retry_after_s) == ("circuit_open", 1)


def test_after_a_pause_one_probe_passes_and_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_S
    assert breaker.state.value == "half_open"
    with breaker.guard(timeout_s=10), pytest.raises(ModelServerAwayError), breaker.guard(timeout_s=10):
        pytest.fail("two probes at once")
    assert breaker.state.value == "closed"


def test_a_probe_that_fails_opens_it_again() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_S
    fail(breaker)
    assert breaker.state.value == "open"
    clock.now += PAUSE_S
    with breaker.guard(timeout_s=10):
        pass
    assert breaker.state.value == "closed"


def test_a_probe_whose_client_hangs_up_lets_the_next_one_try() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_S
    with suppress(KeyboardInterrupt), breaker.guard(timeout_s=10):
        raise KeyboardInterrupt
    with breaker.guard(timeout_s=10):
        pass
    assert breaker.state.value == "closed"


def test_answers_that_say_nothing_against_the_server_dont_count() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        fail(breaker, NotFoundError("no such version"))
        fail(breaker, TooSlowError("slow"), timeout_s=PATIENT_S / 2)
    assert breaker.state.value == "closed"
