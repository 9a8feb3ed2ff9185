"""Sends photos away at the door while the queue is full, before anything else is done for them.

The route does the same; but when three times as much comes as can be done, what a refusal costs is missing to those who
were let in. Callers with a key go on to the route, which knows whose key it is and so whose turn.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.access import let_in_without_key
from gateway.errors import BusyError
from gateway.prediction import Predictor
from gateway.problems import response
from gateway.settings import GatewaySettings


class Crowding:
    """Pure ASGI, outside of all that costs something."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings, path: str) -> None:
        self.app = app
        self._access = settings.gateway_predict_access
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] == self._path and scope["method"] == "POST":
            address = scope["client"][0] if scope.get("client") else ""
            if "authorization" not in Headers(scope=scope) and let_in_without_key(self._access, address):
                predictor: Predictor = scope["app"].state.predictor
                try:
                    predictor.admission.refuse_if_full(address)
                except BusyError as error:
                    scope["state"]["route"] = self._path
                    await _forget_body(receive)
                    await response(error, scope)(scope, receive, send)
                    return
        await self.app(scope, receive, send)


async def _forget_body(receive: Receive) -> None:
    """Take what has arrived of the photo: the server would keep it for as long as the connection stays open."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            await receive()
