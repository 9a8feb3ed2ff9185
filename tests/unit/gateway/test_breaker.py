"""The circuit breaker before the model server: after failures in a row nothing passes, then one trial decides."""

from contextlib import AbstractContextManager, suppress

import pytest

from gateway.http.errors import GatewayError, ModelServerAwayError, NotFoundError, TooSlowError
from gateway.predict.model_server import FAILURES_TO_OPEN, PATIENT_S, PAUSE_S, guarded
from runtime.breaker import Circuit, CircuitBreaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Breaker(CircuitBreaker):
    """As the gateway sets it, with a clock of its own."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(failures_to_open=FAILURES_TO_OPEN, pause_s=PAUSE_S)
        self.clock = clock or Clock()

    def guard(self, *, timeout_s: float) -> AbstractContextManager[None]:
        return guarded(self, timeout_s=timeout_s, clock=self.clock)


def fail(breaker: Breaker, error: GatewayError | None = None, *, timeout_s: float = 10.0) -> None:
    with suppress(GatewayError), breaker.guard(timeout_s=timeout_s):
        raise error or ModelServerAwayError("away")


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES_TO_OPEN):
        fail(breaker)
    assert breaker.wait_s(clock.now) == PAUSE_S
    return breaker


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker()
    for _ in range(3 * FAILURES_TO_OPEN):
        for _ in range(FAILURES_TO_OPEN - 1):
            fail(breaker)
        with breaker.guard(timeout_s=10):
            pass
    assert breaker.state is Circuit.CLOSED


def test_after_failures_in_a_row_nothing_passes() -> None:
    breaker = opened(Clock())
    with pytest.raises(ModelServerAwayError) as raised, breaker.guard(timeout_s=10):
        pytest.fail("it passed")
    assert (raised.value.reason, raised.value.retry_after_s) == ("circuit_open", 1)


def test_after_a_pause_one_trial_passes_and_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_S
    assert breaker.wait_s(clock.now) == 0
    with breaker.guard(timeout_s=10), pytest.raises(ModelServerAwayError), breaker.guard(timeout_s=10):
        pytest.fail("two trials at once")
    assert breaker.state is Circuit.CLOSED


def test_a_trial_that_fails_opens_it_again() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_S
    fail(breaker)
    assert breaker.wait_s(clock.now) == PAUSE_S
    clock.now += PAUSE_S
    with breaker.guard(timeout_s=10):
        pass
    assert breaker.state is Circuit.CLOSED


def test_a_trial_whose_client_hangs_up_lets_the_next_one_try() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_S
    with suppress(KeyboardInterrupt), breaker.guard(timeout_s=10):
        raise KeyboardInterrupt
    with breaker.guard(timeout_s=10):
        pass
    assert breaker.state is Circuit.CLOSED


def test_answers_that_say_nothing_against_the_server_dont_count() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        fail(breaker, NotFoundError("no such version"))
        fail(breaker, TooSlowError("slow"), timeout_s=PATIENT_S / 2)
    assert breaker.state is Circuit.CLOSED
