"""What nobody foresaw, and who hung up: wherever it happens, a problem without its cause, and a count."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from gateway.http import problems
from gateway.http.metrics import Metrics
from gateway.http.request_log import RequestLog


def failing_route(error: Exception) -> ASGIApp:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    return app


def failing_layer(error: Exception) -> ASGIApp:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    return fail


async def ask(app: ASGIApp, metrics: Metrics) -> httpx.Response:
    transport = httpx.ASGITransport(RequestLog(app, metrics))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get("/")


@pytest.mark.parametrize("failing", [failing_route, failing_layer])
async def test_what_nobody_foresaw_is_a_problem_that_hides_it(failing: Callable[[Exception], ASGIApp]) -> None:
    metrics = Metrics()
    answer = await ask(failing(RuntimeError("a secret path")), metrics)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert b'refusals_total{reason="internal_error"} 1.0' in metrics.page()


@pytest.mark.parametrize("failing", [failing_route, failing_layer])
async def test_who_hung_up_is_counted_and_no_error(
    failing: Callable[[Exception], ASGIApp],
) -> None:
    metrics, sent = Metrics(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    with capture_logs() as logged:
        await RequestLog(failing(ClientDisconnect()), metrics)(scope, receive, send)
    assert 500 not in [message.get("status") for message in sent]
    assert b'refusals_total{reason="hung_up"} 1.0' in metrics.page()
    assert [(line["event"], line["log_level"]) for line in logged] == [("request", "info")]
