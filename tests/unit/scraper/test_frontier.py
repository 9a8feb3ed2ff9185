"""Which address is next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scraper.crawl.frontier import AHEAD, Frontier
from scraper.http.caching import NO_VALIDATORS
from scraper.sources.protocol import Batch, Candidate, Section
from scraper.state.database import State


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state.sqlite")
    state.begin("a scrape", [Section("milia", "here")])
    yield state
    state.close()


def add(state: State, *urls: str) -> set[str]:
    found = tuple(Candidate(url=url, page=None, label="milia", group=url, licence="") for url in urls)
    hosts, _, _ = state.add_found(1, Batch(found, resume_at="1"), now=0.0)
    return hosts


def at_once(_host: str) -> float:
    return 0.0


def drained(queue: Frontier, state: State) -> list[str]:
    urls = []
    while (pending := queue.next(at_once)[0]) is not None:
        urls.append(pending.url)
        state.settle(pending, "damaged", NO_VALIDATORS)
        queue.done(pending)
    return urls


@pytest.mark.parametrize("count", [1, AHEAD, AHEAD + 1, 3 * AHEAD])
def test_every_address_comes_once_in_the_order_of_discovery_and_then_the_queue_is_empty(
    state: State, count: int
) -> None:
    urls = [f"http://a.example/{i}" for i in range(count)]
    add(state, *urls, urls[0])
    queue = Frontier(state, per_host=1)
    assert drained(queue, state) == urls
    assert queue.is_empty()


def test_hosts_take_turns_and_one_that_has_to_wait_holds_nobody_up(state: State) -> None:
    add(state, *(f"http://{host}.example/{i}" for i in range(2) for host in "abc"))
    queue = Frontier(state, per_host=9)

    def cooling(host: str) -> float:
        return 30.0 if host == "b.example" else 0.0

    seen = []
    while (pending := queue.next(cooling)[0]) is not None:
        seen.append(pending.url.removeprefix("http://"))
    assert seen == ["a.example/0", "c.example/0", "a.example/1", "c.example/1"]
    assert queue.next(cooling) == (None, 30.0)


def test_no_more_of_a_host_is_under_way_than_allowed(state: State) -> None:
    add(state, *(f"http://a.example/{i}" for i in range(3)))
    queue = Frontier(state, per_host=2)
    first, _ = queue.next(at_once)
    assert first is not None
    assert queue.next(at_once)[0] is not None
    assert queue.next(at_once)[0] is None
    queue.done(first)
    assert queue.next(at_once)[0] is not None


def test_an_address_that_was_put_back_comes_again_after_its_time(state: State) -> None:
    add(state, "http://a.example/1", "http://a.example/2")
    queue = Frontier(state, per_host=2)
    first, _ = queue.next(at_once)
    assert first is not None
    queue.put_back(first, 100.0)
    second, _ = queue.next(at_once)
    assert second is not None
    assert second.url == "http://a.example/2"
    pending, soonest = queue.next(at_once)
    assert pending is None
    assert 99 < soonest <= 100
    assert not queue.is_empty()
    queue.put_back(second, -1.0)
    assert queue.next(at_once)[0] == second


def test_addresses_found_later_are_taken_as_well(state: State) -> None:
    queue = Frontier(state, per_host=2)
    assert queue.next(at_once)[0] is None
    queue.grew(add(state, "http://a.example/1"))
    assert drained(queue, state) == ["http://a.example/1"]
    queue.grew(add(state, "http://a.example/1", "http://a.example/2"))
    assert drained(queue, state) == ["http://a.example/2"]
