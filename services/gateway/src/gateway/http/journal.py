"""One line of JSON for each request, with its id, and its count in the metrics; nothing of what was sent is in either.

The id also goes back in X-Request-Id, beside the headers that every answer carries, and into every problem and
prediction.
"""

import logging
import random
import re
import sys
import time

import structlog
from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.headers import header
from gateway.http.metrics import Metrics
from gateway.http.problems import CLIENT_WENT_AWAY, unexpected
from gateway.http.security_headers import secured
from gateway.http.tracing import request_span

OWN_FIELDS = ("method", "path", "status", "ms", "reason", "cause")
"""Only what is named here is written, so that nothing slips into the log by accident."""

log = logging.getLogger(__name__)
requests = structlog.get_logger()
"""Straight to the output: the way through the standard library costs each request five times as much."""

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Journal:
    """The outermost layer: gives each request its id, logs its end, and turns what nobody foresaw into a problem.

    Pure ASGI.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)  # for this task, which serves nothing else
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = secured(message["headers"], scope["path"])
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            with request_span(scope, request_id):
                await self.app(scope, receive, marked)
        except ClientDisconnect:
            status = CLIENT_WENT_AWAY
        except Exception:
            log.exception("unexpected")
            if status == 0:
                await unexpected(scope)(scope, receive, marked)
        finally:
            ms = round((time.perf_counter() - started) * 1000, 1)
            requests.info(
                "request", method=scope["method"], path=scope["path"], status=status, ms=ms, request_id=request_id
            )
            self._count(scope, status)

    def _count(self, scope: Scope, status: int) -> None:
        route = getattr(scope.get("route"), "path", None) or scope["state"].get("route", "none")
        self._metrics.answers(route, status).inc()
        reason = "hung_up" if status == CLIENT_WENT_AWAY else scope["state"].get("reason")
        if reason is not None:
            self._metrics.refusals(reason).inc()


def log_to_stdout() -> None:
    """Send all logs of this process to standard output as lines of JSON."""
    ours: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", key="at"),
    ]
    structlog.configure(
        [*ours, lambda _logger, _level, event: to_json(event)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    others: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        *ours,
        structlog.stdlib.ExtraAdder(allow=OWN_FIELDS),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=others,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell every call to Airflow


def _request_id(scope: Scope) -> str:
    given = header(scope, b"x-request-id") or ""
    # no secret, so it needs no random bytes of the system, which cost more
    return given if _ACCEPTED_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
