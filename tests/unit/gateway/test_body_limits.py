"""Bodies as they come in: slow ones end, memory is bounded, and whoever hangs up frees its place."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from gateway.http import body_limits, problems
from gateway.http.body_limits import BodyLimits
from gateway.http.errors import BusyError, GatewayError, SlowUploadError
from gateway.predict.admission import Admission
from gateway.predict.routes import PATH, router
from gateway.settings import GatewaySettings
from support.gateway import Backend, Gateway, running_gateway
from support.photos import encoded, photo, quartered

LARGE = encoded(quartered((5000, 4000)), "PNG")
"""Takes a core for a good while."""


class Body:
    """A body that comes in pieces, when it is told to."""

    def __init__(self, layer: BodyLimits, name: str) -> None:
        self.pieces: asyncio.Queue[Message] = asyncio.Queue()
        scope: Scope = {"type": "http", "path": "/", "headers": [], "name": name}
        self.task = asyncio.create_task(layer(scope, self.pieces.get, _nothing))

    async def send(self, data: bytes, *, more: bool = True) -> None:
        self.pieces.put_nowait({"type": "http.request", "body": data, "more_body": more})
        await asyncio.sleep(0.01)


async def _nothing(_message: Message) -> None:
    pass


async def read_all(_scope: Scope, receive: Receive, _send: Send) -> None:
    while (await receive()).get("more_body", False):
        pass
    await asyncio.sleep(3600)  # it holds its photo until the test ends


def layer(memory_bytes: int = 1000) -> BodyLimits:
    return BodyLimits(read_all, limit=lambda _path, _type: 600, memory_bytes=memory_bytes)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limits, "GRACE_S", 0.2)
    monkeypatch.setattr(body_limits, "LEAST_BYTES_PER_S", 1000)
    monkeypatch.setattr(body_limits, "SAFE_S", 0.05)


async def outcome(body: Body) -> GatewayError | None:
    """How it ended; None if it goes on."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncio.wait([body.task])
    if not body.task.done():
        body.task.cancel()
        return None
    error = body.task.exception()
    assert isinstance(error, GatewayError)
    return error


async def test_a_body_that_comes_too_slowly_ends(impatient: None) -> None:
    body = Body(layer(), "slow")
    await body.send(b"x")
    error = await outcome(body)
    assert isinstance(error, SlowUploadError)
    assert error.status == 408


async def test_a_body_that_keeps_coming_may_take_its_time(impatient: None) -> None:
    body = Body(layer(), "steady")
    for _ in range(5):
        await body.send(bytes(100))
        await asyncio.sleep(0.07)
    await body.send(b"", more=False)
    assert await outcome(body) is None


async def test_where_memory_runs_out_the_slowest_goes(impatient: None) -> None:
    shared = layer()
    slow, other = Body(shared, "slow"), Body(shared, "other")
    await slow.send(bytes(500))
    await other.send(bytes(400), more=False)
    await asyncio.sleep(0.1)
    quick = Body(shared, "quick")
    await quick.send(bytes(300), more=False)
    error = await outcome(slow)
    assert isinstance(error, SlowUploadError)
    assert "memory" in error.detail
    assert await outcome(quick) is None
    assert await outcome(other) is None


async def test_where_nobody_is_slow_the_newcomer_is_sent_away(impatient: None) -> None:
    shared = layer()
    first = Body(shared, "first")
    await first.send(bytes(600), more=False)
    second = Body(shared, "second")
    await second.send(bytes(500), more=False)
    error = await outcome(second)
    assert isinstance(error, BusyError)
    assert error.retry_after_s
    assert await outcome(first) is None


class Full(Admission):
    def refuse_if_full(self, client: str) -> None:
        raise BusyError(f"{client} is one too many.", retry_after_s=2)


async def test_a_photo_for_which_there_is_no_room_is_refused_before_it_is_read() -> None:
    app = FastAPI()
    problems.install(app)
    app.include_router(router)
    app.state.settings = GatewaySettings()
    app.state.predictor = SimpleNamespace(admission=Full(1))
    app.state.fetcher = app.state.metrics = None
    sent: list[Message] = []

    async def receive() -> Message:
        pytest.fail("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "state": {"request_id": "1"},
    }
    await BodyLimits(app, limit=lambda _path, _type: 2**20, memory_bytes=2**20)(scope, receive, send)
    assert sent[0]["status"] == 429
    assert (b"retry-after", b"2") in sent[0]["headers"]


@pytest.fixture(scope="module")
def narrow(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with one place."""
    environment = {**backend.environment, "ACNEFLOW_GATEWAY_PLACES": "1"}
    log: Path = tmp_path_factory.mktemp("narrow") / "log"
    with running_gateway(environment, log, until="/readyz") as gateway:
        yield gateway


def connect(gateway: Gateway, body: bytes, *, send: int | None = None) -> socket.socket:
    """Post a photo, or the first bytes of it, and don't wait for the answer."""
    host, port = gateway.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    head = f"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body[:send])
    return connection


def gauge(gateway: Gateway, name: str) -> float:
    lines = httpx.get(f"{gateway.url}/metrics").text.splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"acneflow_gateway_{name} "))


def eventually_idle(gateway: Gateway) -> None:
    deadline = time.monotonic() + 20
    while gauge(gateway, "in_flight") or gauge(gateway, "queue"):
        assert time.monotonic() < deadline, "a place wasn't given back"
        time.sleep(0.05)


def test_whoever_hangs_up_frees_its_place(narrow: Gateway) -> None:
    waiting = [connect(narrow, LARGE) for _ in range(12)]
    for connection in waiting:
        connection.close()
    answer = httpx.post(f"{narrow.url}/v1/predict", files={"image": photo()}, timeout=30)
    assert answer.status_code == 200, answer.text
    eventually_idle(narrow)


def test_slow_uploads_hold_no_place(narrow: Gateway) -> None:
    slow = [connect(narrow, LARGE, send=1000) for _ in range(40)]
    try:
        for _ in range(3):
            answer = httpx.post(f"{narrow.url}/v1/predict", files={"image": photo()}, timeout=30)
            assert answer.status_code == 200, answer.text
    finally:
        for connection in slow:
            connection.close()
    eventually_idle(narrow)
