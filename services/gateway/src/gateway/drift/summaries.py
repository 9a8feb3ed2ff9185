"""Summaries of predictions, without the photo, written to the store in batches: what drift is measured by."""

import asyncio
import uuid
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple, Self

import structlog
from pydantic_core import to_json

from contracts import keys
from gateway.drift.batches import pack_batch
from gateway.http.errors import GatewayError
from gateway.http.metrics import Metrics
from gateway.store.storage import Storage

FLUSH_S = 60.0
FLUSH_ROWS = 10_000
"""Whichever comes first."""
MAX_ROWS = 20_000
"""Kept while the store is away; then the oldest go."""

log = structlog.get_logger()


class Summary(NamedTuple):
    at: datetime
    version: int
    channel: str | None
    label: str
    confidence: float
    decision: str
    support: float
    brightness: float
    """Mean luma, 0 to 255."""
    total_ms: float


class Summaries:
    """What waits to be written. Use it with `async with`, so that the last batch is written at the end."""

    def __init__(self, model: str, storage: Storage, metrics: Metrics, *, enabled: bool = True) -> None:
        self._model = model
        self._storage = storage
        self._metrics = metrics
        self._enabled = enabled
        self._lines: deque[bytes] = deque()
        self._full = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def add(self, summary: Summary) -> None:
        """Keep a summary until the next batch is written; as a line at once, as a batch of them takes long."""
        if not self._enabled:
            return
        if len(self._lines) >= MAX_ROWS:
            self._lines.popleft()
            self._metrics.summaries("lost").inc()
        self._lines.append(to_json(summary._asdict()))
        if len(self._lines) >= FLUSH_ROWS:
            self._full.set()

    async def flush(self) -> None:
        """Write what waits; what can't be written waits on."""
        async with self._writing:
            lines, self._lines = self._lines, deque()
            self._full.clear()
            if not lines:
                return
            now = datetime.now(UTC)
            key = keys.predictions_of(self._model, now.date(), f"{now:%H%M%S}-{uuid.uuid4().hex[:12]}")
            try:
                await self._storage.call(
                    lambda store: store.put(key, pack_batch(lines), content_type="application/gzip", if_absent=True)
                )
            except GatewayError as error:
                log.warning("summaries not written", cause=str(error.__cause__ or error))
                self._lines.extendleft(reversed(lines))
            else:
                self._metrics.summaries("written").inc(len(lines))

    async def __aenter__(self) -> Self:
        if self._enabled:
            self._task = asyncio.create_task(self._write_now_and_then())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._task is not None:
            async with self._writing:  # what is being written isn't there to be written again
                self._task.cancel()
            await self.flush()

    async def _write_now_and_then(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):
                    await self._full.wait()
            await self.flush()
            if self._full.is_set():  # it couldn't be written
                await asyncio.sleep(FLUSH_S)
