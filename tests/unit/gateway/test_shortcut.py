"""Predictions are answered before FastAPI: as it would answer them, and who is sent away at once."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Scope

from gateway.http.app import create_app
from gateway.http.body_limits import Uploads
from gateway.http.errors import BusyError
from gateway.http.journal import Journal
from gateway.http.metrics import Metrics
from gateway.predict.admission import Admission
from gateway.predict.routes import PATH
from gateway.predict.shortcut import Shortcut
from gateway.settings import GatewaySettings
from objectstore import StoreSettings
from support.gateway import Backend
from support.photos import photo


class Full(Admission):
    def refuse_if_full(self, client: str) -> None:
        raise BusyError(f"{client} is one too many.", retry_after_s=2)


async def _untouched(*_: object) -> None:
    pytest.fail("a photo that was sent away went on to the app")


@pytest.mark.parametrize("arrived", [True, False])
async def test_of_a_photo_that_is_sent_away_nothing_stays_and_nothing_is_waited_for(*, arrived: bool) -> None:
    body: asyncio.Queue[Message] = asyncio.Queue()
    if arrived:
        body.put_nowait({"type": "http.request", "body": bytes(150_000), "more_body": False})
    sent: list[Message] = []

    async def send(message: Message) -> None:
        assert body.empty()
        sent.append(message)

    app = FastAPI()
    app.state.settings = GatewaySettings()
    app.state.predictor = SimpleNamespace(admission=Full(1))
    uploads = Uploads(_untouched, limit=lambda _path, _type: 2**20, memory_bytes=2**20)
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "state": {"request_id": "1"},
    }
    await asyncio.wait_for(Shortcut(app, uploads)(scope, body.get, send), 5)
    assert sent[0]["status"] == 429
    assert (b"retry-after", b"2") in sent[0]["headers"]


async def test_fastapi_would_answer_the_same(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in backend.environment.items():
        monkeypatch.setenv(name, value)
    journal = create_app(GatewaySettings(), StoreSettings())
    assert isinstance(journal, Journal)
    assert isinstance(journal.app, Shortcut)
    api = journal.app.api
    async with api.router.lifespan_context(api):
        short, long = [await _answer(app) for app in (journal, Journal(api, Metrics()))]
    assert short == long
    assert len(short["top_k"]) == 2


async def _answer(app: ASGIApp) -> dict[str, Any]:
    """Without what differs from one answer to the next."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        given = {"content-type": "image/jpeg", "x-request-timeout-ms": "20000"}
        answer = await client.post(f"{PATH}?top_k=2", content=photo(), headers=given)
    assert answer.status_code == 200, answer.text
    return {k: v for k, v in answer.json().items() if k not in {"timing_ms", "prediction_id", "request_id"}}
