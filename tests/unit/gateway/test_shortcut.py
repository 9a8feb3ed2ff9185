"""Photos that are sent away at the door: at once, and nothing of them stays."""

import asyncio
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from gateway.admission import Admission
from gateway.errors import BusyError
from gateway.routes.predict import PATH
from gateway.settings import GatewaySettings
from gateway.shortcut import Shortcut
from gateway.uploads import Uploads


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
