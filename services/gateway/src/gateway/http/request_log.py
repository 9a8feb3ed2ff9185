"""The outermost layer: each request's id, its line in the log, its count in the metrics, and its answer's headers.

Nothing of what was sent is in the log or the metrics. The id also goes back in X-Request-Id, and into every problem and
prediction.
"""

import random
import re
import time
from collections.abc import Iterable

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.metrics import Metrics
from gateway.http.problems import CLIENT_WENT_AWAY, unexpected
from gateway.http.tracing import request_span

Header = tuple[bytes, bytes]

SECURITY_HEADERS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""They keep a browser from doing more with an answer than it should; a route's own value wins.

There is no HSTS: whoever puts TLS before the gateway sets it there.
"""
API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
DOCS_POLICY = (
    b"content-security-policy",
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; frame-ancestors 'none'",
)
"""Swagger's page starts by a script inside it."""

log = structlog.get_logger()

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class RequestLog:
    """Gives each request its id, logs its end, and turns an error that nobody foresaw into a problem. Pure ASGI."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)  # for this task, which serves nothing else
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = with_security_headers(message["headers"], scope["path"])
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            with request_span(scope, request_id):
                await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = CLIENT_WENT_AWAY
        except Exception:
            log.exception("unexpected")
            if status == 0:
                await unexpected(scope)(scope, receive, send_with_headers)
        finally:
            ms = round((time.perf_counter() - started) * 1000, 1)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=ms)
            self._count(scope, status)

    def _count(self, scope: Scope, status: int) -> None:
        self._metrics.answers(getattr(scope.get("route"), "path", "none"), status).inc()
        reason = "hung_up" if status == CLIENT_WENT_AWAY else scope["state"].get("reason")
        if reason is not None:
            self._metrics.refusals(reason).inc()


def with_security_headers(headers: Iterable[Header], path: str) -> list[Header]:
    """The headers of an answer for a path, and those of `SECURITY_HEADERS` that it lacks."""
    headers = list(headers)
    given = {name for name, _ in headers}
    documentation = path == "/docs" or path.startswith(("/docs/", "/static-offline-docs/"))
    defaults = (*SECURITY_HEADERS, DOCS_POLICY if documentation else API_POLICY)
    return headers + [header for header in defaults if header[0] not in given]


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    # no secret, so it needs no random bytes of the system, which cost more
    return given if _ACCEPTED_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
