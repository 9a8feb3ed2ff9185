"""Photos that are sent away at the door: at once, and nothing of them stays."""

import asyncio
from types import SimpleNamespace

import pytest
from starlette.types import Message, Scope

from gateway.admission import Admission
from gateway.crowding import Crowding
from gateway.errors import BusyError
from gateway.routes.predict import PATH
from gateway.settings import GatewaySettings


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

    app = SimpleNamespace(state=SimpleNamespace(predictor=SimpleNamespace(admission=Full(1))))
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "headers": [],
        "client": ("127.0.0.1", 1),
        "state": {"request_id": "1"},
        "app": app,
    }
    await asyncio.wait_for(Crowding(_untouched, GatewaySettings(), PATH)(scope, body.get, send), 5)
    assert sent[0]["status"] == 429
    assert (b"retry-after", b"2") in sent[0]["headers"]
