"""The log of a service: lines of JSON on standard output, each an event with `level`, `at` and its own fields.

    log = structlog.get_logger()
    log.info("version loaded", model="acne", version=3)

Libraries' own log lines come out in the same form, with their message and nothing else.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from pydantic_core import to_json


def log_as_json(level: int = logging.INFO) -> None:
    """Send all logs of this process to standard output as lines of JSON."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", key="at"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        [*shared, _as_bytes],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_text],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every call


def _as_bytes(_logger: object, _method: str, event: Mapping[str, Any]) -> bytes:
    return to_json(event, fallback=str)


def _as_text(logger: object, method: str, event: Mapping[str, Any]) -> str:
    return _as_bytes(logger, method, event).decode()
