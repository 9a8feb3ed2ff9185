"""Answers predictions before FastAPI, whose way takes as much of a core as the rest of the answer.

FastAPI stands behind the documentation, and judges whatever isn't valid.

While the queue is full, photos are sent away here before they are read: when three times as much comes as can be done,
what a refusal costs is missing to those who were let in.
"""

from contextlib import suppress

from fastapi import FastAPI, Request
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.http.access import bearer, caller_without_key, require_caller
from gateway.http.body_limits import Uploads
from gateway.http.errors import BusyError, GatewayError
from gateway.http.headers import header
from gateway.http.problems import response as problem_response
from gateway.predict.routes import PATH, TIMEOUT_HEADER, Options, answer

TIMEOUT_NAME = TIMEOUT_HEADER.lower().encode()


class Shortcut:
    """`POST /v1/predict`, if it is valid. Pure ASGI."""

    _options = TypeAdapter(Options)
    _defaults = Options()

    def __init__(self, api: FastAPI, uploads: Uploads) -> None:
        self.api = api
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        options = self._read(scope) if _asks_for_a_prediction(scope) else None
        if options is None:
            await self._uploads(scope, receive, send)
            return
        scope["app"] = self.api
        scope["state"]["route"] = PATH
        try:
            response = await self._answer(scope, receive, options)
        except GatewayError as error:
            if isinstance(error, BusyError):
                _forget_body(receive)
            response = problem_response(error, scope)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, options: Options) -> Response:
        state = self.api.state
        if header(scope, b"authorization") is None:
            caller = caller_without_key(state.settings.gateway_predict_access, scope)
        else:
            request = Request(scope)
            caller = await require_caller(request, await bearer(request))
        state.predictor.admission.refuse_if_full(caller.name)
        with self._uploads.counted(scope, receive) as counted:
            return await answer(Request(scope, counted), caller, options)

    def _read(self, scope: Scope) -> Options | None:
        """What is asked for; None if it isn't valid."""
        timeout = header(scope, TIMEOUT_NAME)
        if timeout is None and not scope["query_string"]:
            return self._defaults
        given: dict[str, str | None] = dict(QueryParams(scope["query_string"]))
        given[TIMEOUT_HEADER] = timeout  # the name of `timeout_ms` outside
        try:
            return self._options.validate_python(given)
        except ValidationError:
            return None


def _asks_for_a_prediction(scope: Scope) -> bool:
    """Whether a request asks for a prediction."""
    return bool(scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST")


def _forget_body(receive: Receive) -> None:
    """Take what has arrived of the photo: the server would keep it for as long as the connection stays open."""
    arrived = receive().__await__()
    with suppress(StopIteration):  # which is how it would return
        next(arrived)  # nothing waits for what hasn't arrived
    arrived.close()
