"""One line of JSON for each request, with its id; nothing of what was sent stands in it.

The id also goes back in X-Request-Id, and into every problem and prediction.
"""

import json
import logging
import re
import sys
import time
import uuid
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import UnexpectedError
from gateway.problems import response

CLIENT_WENT_AWAY = 499
"""nginx's number for it; it is never sent."""

log = logging.getLogger(__name__)

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_OWN_FIELDS = ("request_id", "method", "path", "status", "ms", "reason", "cause")


class Journal:
    """The outermost layer: gives each request its id, logs its end, and turns what nobody foresaw into a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self.app(scope, receive, marked)
        except ClientDisconnect:
            status = CLIENT_WENT_AWAY
        except Exception:
            log.exception("unexpected", extra={"request_id": request_id})
            if status == 0:
                await response(UnexpectedError("Something that nobody foresaw."), scope)(scope, receive, marked)
        finally:
            entry = {"method": scope["method"], "path": scope["path"], "status": status}
            ms = round((time.perf_counter() - started) * 1000, 1)
            log.info("request", extra={"request_id": request_id, "ms": ms, **entry})


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Only the fields named here are written, so that nothing slips into the log by accident."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **{name: getattr(record, name) for name in _OWN_FIELDS if getattr(record, name, None) is not None},
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_to_stdout() -> None:
    """Send all logs of this process to standard output as lines of JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell every call to Airflow


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _ACCEPTED_ID.fullmatch(given) else uuid.uuid4().hex
