"""The one place where an error becomes an HTTP answer: a problem document (RFC 9457), the same shape for all of them.

An exception's own text never leaves the process; what isn't foreseen is a 500 with the request's id, and its traceback
stands in the log.
"""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Scope

from contracts.api.problems import Problem
from gateway.http.errors import (
    GatewayError,
    InvalidParametersError,
    MalformedRequestError,
    NotAuthenticatedError,
    NotFoundError,
    UnexpectedError,
)

MEDIA_TYPE = "application/problem+json"
SCHEMA_NAME = "Problem"
OPEN_INFERENCE = "/v2"
"""Under it, clients look for a member `error`."""
LOGGED_CAUSE_LENGTH = 400
CLIENT_WENT_AWAY = 499
"""nginx's number for it; nobody is there to read it."""

log = structlog.get_logger()


def problem(error: GatewayError, request_id: str) -> Problem:
    return Problem(
        type=f"urn:acneflow:problem:{error.kind}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        advice=error.advice,
        reason=error.reason,
        request_id=request_id,
    )


def response(error: GatewayError, scope: Scope) -> Response:
    scope["state"]["reason"] = error.reason
    document = problem(error, scope["state"]["request_id"])
    content = document.model_dump_json()
    if scope["path"].startswith(OPEN_INFERENCE):
        content = json.dumps({**document.model_dump(), "error": error.detail}, ensure_ascii=False)
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, NotAuthenticatedError):
        headers["WWW-Authenticate"] = 'Bearer realm="acneflow"'
    if error.status >= 500:
        log.warning("problem", reason=error.reason, cause=_in_one_line(error.__cause__))
    return Response(content, status_code=error.status, headers=headers, media_type=MEDIA_TYPE)


def unexpected(scope: Scope) -> Response:
    return response(UnexpectedError("Something that nobody foresaw."), scope)


def install(app: FastAPI) -> None:
    """Make an app answer every error as a problem."""

    @app.exception_handler(GatewayError)
    async def ours(request: Request, error: GatewayError) -> Response:
        return response(error, request.scope)

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=CLIENT_WENT_AWAY)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, _error: Exception) -> Response:
        return unexpected(request.scope)  # FastAPI raises it again, and `RequestLog` logs it

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return response(_invalid(error), request.scope)

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, GatewayError):  # FastAPI wraps what reading a JSON body raised
            return response(error.__cause__, request.scope)
        answer = response(_of_framework(error, request), request.scope)
        answer.headers.update(error.headers or {})
        return answer


def problem_responses(*kinds: type[GatewayError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can end in these errors."""
    by_status: dict[int, list[type[GatewayError]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _problem_response(of_status) for status, of_status in sorted(by_status.items())}


def _in_one_line(cause: BaseException | None) -> str | None:
    return None if cause is None else " ".join(f"{type(cause).__name__}: {cause}".split())[:LOGGED_CAUSE_LENGTH]


def _problem_response(kinds: Iterable[type[GatewayError]]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{SCHEMA_NAME}"}
    return {"description": "; ".join(kind.title for kind in kinds), "content": {MEDIA_TYPE: {"schema": schema}}}


def _invalid(error: RequestValidationError) -> GatewayError:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return MalformedRequestError("The body is no valid JSON.")
    named = (f"{'.'.join(str(part) for part in fault['loc'][1:]) or 'body'}: {fault['msg']}" for fault in faults)
    return InvalidParametersError(f"{'; '.join(named)}.")


def _of_framework(error: HTTPException, request: Request) -> GatewayError:
    if error.status_code == 404:
        return NotFoundError(f"There is nothing at {request.url.path}.", reason="unknown_path")
    if error.status_code == 400:
        return MalformedRequestError("The body can't be read.")
    return _FrameworkError(HTTPStatus(error.status_code))


class _FrameworkError(GatewayError, status=400, kind="bad-request"):
    """What the framework says on its own, for example 405."""

    advice = "Check the request against /docs."

    def __init__(self, status: HTTPStatus) -> None:
        self.status, self.title = status.value, status.phrase
        self.kind = status.phrase.lower().replace(" ", "-")
        super().__init__(f"{status.description or status.phrase}.")
