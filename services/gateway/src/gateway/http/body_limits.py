"""Limits on request bodies: how many bytes, how fast, and how much memory all of them may take together.

A body is counted while it streams in, and refused before it is read where its length is declared. An upload that falls
behind is ended; where memory runs out, the one that has been under way longest is, so that slow ones can't starve the
rest. Pure ASGI, so the limits hold for every way of reading a body.
"""

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.errors import BodyTooLargeError, BusyError, SlowUploadError

GRACE_S = 10.0
"""Every upload may take this long,"""
LEAST_BYTES_PER_S = 50_000
"""and as much longer as its bytes take at this rate: that of a poor mobile connection."""
SAFE_S = 1.0
"""An upload that began less than this ago isn't ended for others' sake."""

Limit = Callable[[str, str], int]
"""(path, media type) → bytes."""


class BodyLimits:
    """Raises errors out of `receive`, where the route's own error handling meets them."""

    def __init__(self, app: ASGIApp, limit: Limit, memory_bytes: int) -> None:
        self.app = app
        self._limit = limit
        self._memory_bytes = memory_bytes
        self._held_bytes = 0
        self._under_way: dict[_Upload, None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload = _Upload(self._limit(scope["path"], media_type(headers)), headers.get("content-length", ""))

        async def receive_within_limits() -> Message:
            if upload.complete:
                return await receive()
            message = await self._next(upload, receive)
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                upload.complete = True
                self._under_way.pop(upload, None)
            return message

        try:
            await self.app(scope, receive_within_limits, send)
        finally:
            self._under_way.pop(upload, None)
            self._held_bytes -= upload.held_bytes

    async def _next(self, upload: "_Upload", receive: Receive) -> Message:
        upload.require_room()
        self._under_way[upload] = None
        try:
            async with asyncio.timeout_at(upload.deadline()) as upload.patience:
                message = await receive()
        except TimeoutError as error:
            detail = "Others needed the memory." if upload.evicted else "The body came too slowly."
            raise SlowUploadError(detail) from error
        finally:
            upload.patience = None
        size = len(message.get("body", b""))
        upload.seen_bytes += size
        upload.require_room()
        self._hold(upload, size)
        return message

    def _hold(self, upload: "_Upload", size: int) -> None:
        if self._held_bytes + size > self._memory_bytes:
            now = asyncio.get_running_loop().time()
            oldest = next(iter(self._under_way))
            if oldest is upload or not oldest.evict(now):
                raise BusyError("There is no memory for another upload.", reason="uploads_full")
            self._under_way.pop(oldest)
        self._held_bytes += size
        upload.held_bytes += size


def media_type(headers: Headers) -> str:
    """A body's Content-Type without its parameters, in small letters; empty if there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


class _Upload:
    def __init__(self, limit_bytes: int, declared: str) -> None:
        self.limit_bytes = limit_bytes
        self.seen_bytes = int(declared) if declared.isdecimal() and int(declared) > limit_bytes else 0
        self.held_bytes = 0
        self.complete = False
        self.evicted = False
        self.patience: asyncio.Timeout | None = None
        self._began = asyncio.get_running_loop().time()

    def require_room(self) -> None:
        if self.seen_bytes > self.limit_bytes:
            raise BodyTooLargeError(f"The request has more than the {self.limit_bytes:,} bytes that are accepted here.")

    def deadline(self) -> float:
        return self._began + GRACE_S + self.seen_bytes / LEAST_BYTES_PER_S

    def evict(self, now: float) -> bool:
        """End it, if it is waiting for bytes and not new; whether that was done."""
        if self.patience is None or now - self._began < SAFE_S:
            return False
        self.evicted = True
        self.patience.reschedule(now)
        return True
