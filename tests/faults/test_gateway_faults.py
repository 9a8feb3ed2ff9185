"""The gateway while the model server dies, hangs and comes back, and while far more is asked than it can do.

Every request gets exactly one answer, its own, and one of those that are documented.
"""

import os
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from stack.seaweedfs import SeaweedFS
from support.gateway import Backend, Gateway, running_backend, running_gateway
from support.model_server import running_model_server
from support.photos import photo
from support.versions import Versions

CLIENTS = 6
DOCUMENTED = {200, 429, 503, 504}
PROBLEMS = {
    "busy",
    "model_server_busy",
    "model_server_away",
    "model_server_failed",
    "circuit_open",
    "model_not_ready",
    "deadline_exceeded",
    "queue",
}

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def backend(s3_server: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    versions = Versions(tmp_path_factory.mktemp("versions"))
    with running_backend(s3_server, versions, tmp_path_factory.mktemp("volume")) as backend:
        yield backend


@pytest.fixture
def gateway(backend: Backend, tmp_path: Path) -> Iterator[Gateway]:
    environment = {**backend.environment, "ACNEFLOW_GATEWAY_DEADLINE_S": "3"}
    with running_gateway(environment, tmp_path / "log", until="/readyz") as gateway:
        yield gateway


class Tally:
    """What the clients saw."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers: list[tuple[int, str]] = []
        self.wrong: list[str] = []


@contextmanager
def asked_all_the_time(url: str) -> Iterator[Tally]:
    """Clients that ask again and again, each request with an id of its own."""
    tally, over, lock = Tally(), threading.Event(), threading.Lock()

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=30) as http:
            while not over.is_set():
                request_id = uuid.uuid4().hex
                with lock:
                    tally.asked += 1
                answer = http.post("/v1/predict", files={"image": photo()}, headers={"X-Request-Id": request_id})
                body = answer.json()
                with lock:
                    tally.answers.append((answer.status_code, body.get("reason", "")))
                    if body["request_id"] != request_id:
                        tally.wrong.append(answer.text)
                if answer.status_code != 200:
                    time.sleep(0.05)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield tally
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_model_server_that_dies_hangs_and_returns_loses_no_request(backend: Backend, gateway: Gateway) -> None:
    server = backend.server
    with asked_all_the_time(gateway.url) as tally:
        time.sleep(1)
        for _ in range(2):
            os.kill(server.process.pid, signal.SIGSTOP)
            time.sleep(4)
            os.kill(server.process.pid, signal.SIGCONT)
            time.sleep(3)
        server.process.kill()
        server.process.wait()
        time.sleep(2)
        with running_model_server(server.volume, ports=(server.port, server.rest_port)):
            time.sleep(4)
            before = len(tally.answers)
            time.sleep(2)
            recovered = tally.answers[before:]
    assert len(tally.answers) == tally.asked
    assert tally.wrong == []
    assert {status for status, _ in tally.answers} <= DOCUMENTED
    assert {reason for _, reason in tally.answers} - {""} <= PROBLEMS
    seen = Counter(reason for _, reason in tally.answers)
    assert seen["deadline_exceeded"] > 0
    assert seen["model_server_away"] + seen["circuit_open"] > 0
    assert seen["circuit_open"] > 0
    assert recovered
    assert {status for status, _ in recovered} == {200}
    print(dict(seen))


def test_a_full_queue_sends_away_with_a_time_at_which_there_is_room(backend: Backend, tmp_path: Path) -> None:
    environment = {**backend.environment, "ACNEFLOW_GATEWAY_PLACES": "1"}
    answers: list[httpx.Response] = []
    returned: list[int] = []

    def ask(url: str) -> None:
        answer = httpx.post(f"{url}/v1/predict", files={"image": photo()}, timeout=60)
        answers.append(answer)
        if answer.status_code == 429:
            time.sleep(int(answer.headers["Retry-After"]))
            returned.append(httpx.post(f"{url}/v1/predict", files={"image": photo()}, timeout=60).status_code)

    with (
        slow_model_server(backend.server.volume) as address,
        running_gateway(
            {**environment, "ACNEFLOW_SERVING_ADDRESS": address}, tmp_path / "log", until="/readyz"
        ) as gateway,
    ):
        threads = [threading.Thread(target=ask, args=(gateway.url,)) for _ in range(120)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = Counter(answer.status_code for answer in answers)
    assert found.keys() == {200, 429}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status_code == 429)
    assert Counter(returned)[200] >= 0.95 * len(returned)
    print(found, Counter(returned))


@contextmanager
def slow_model_server(volume: Path) -> Iterator[str]:
    """The address of a server that stops for a moment every tenth of a second, as on a busy machine."""
    over = threading.Event()
    with running_model_server(volume) as server:

        def slow() -> None:
            while not over.is_set():
                server.process.send_signal(signal.SIGSTOP)
                time.sleep(0.08)
                server.process.send_signal(signal.SIGCONT)
                time.sleep(0.02)

        thread = threading.Thread(target=slow)
        thread.start()
        try:
            yield server.address
        finally:
            over.set()
            thread.join()
