"""The circuit breaker opens after failures in a row, tries again by one request, and may give up."""

from runtime.breaker import Circuit, CircuitBreaker


def opened(*, growth: float = 2.0, max_trials: int | None = None) -> CircuitBreaker:
    breaker = CircuitBreaker(failures_to_open=2, pause_s=10.0, growth=growth, max_trials=max_trials)
    breaker.failed(0.0)
    breaker.failed(0.0)
    return breaker


def test_an_answer_between_failures_keeps_it_closed() -> None:
    breaker = CircuitBreaker(failures_to_open=2, pause_s=10.0)
    for _ in range(5):
        breaker.failed(0.0)
        breaker.answered()
    assert breaker.state is Circuit.CLOSED


def test_it_opens_after_failures_in_a_row_and_asks_nothing_for_the_pause() -> None:
    breaker = opened()
    assert breaker.state is Circuit.OPEN
    assert breaker.wait_s(4.0) == 6.0
    assert breaker.wait_s(10.0) == 0.0


def test_one_request_tries_and_the_others_wait_for_its_end() -> None:
    breaker = opened()
    assert breaker.started()
    assert breaker.wait_s(11.0) == float("inf")
    breaker.answered()
    assert breaker.state is Circuit.CLOSED
    assert not breaker.started()


def test_each_failed_trial_makes_the_pause_longer() -> None:
    breaker = opened()
    breaker.started()
    breaker.failed(10.0)
    assert breaker.wait_s(10.0) == 20.0


def test_it_gives_up_after_so_many_trials_for_good() -> None:
    breaker = opened(max_trials=1)
    breaker.started()
    breaker.failed(10.0)
    breaker.answered()
    assert breaker.state is Circuit.DOWN


def test_a_trial_that_says_nothing_is_followed_by_another_one_at_once() -> None:
    breaker = opened()
    breaker.started()
    breaker.abandoned(12.0)
    assert breaker.wait_s(12.0) == 0.0
    assert breaker.started()
