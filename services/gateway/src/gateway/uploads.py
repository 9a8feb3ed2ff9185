"""How bodies come in: how many bytes, how fast, and how much memory all of them may take together.

Counted while they stream in, refused before they are read where that is declared. An upload that falls behind is ended;
where memory runs out, the one that has been under way longest goes, so that slow ones can't starve the rest. Pure ASGI,
so it holds for every way of reading a body.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import BodyTooLargeError, BusyError, SlowUploadError
from gateway.headers import header

GRACE_S = 10.0
"""Every upload may take this long,"""
LEAST_BYTES_PER_S = 50_000
"""and as much longer as its bytes take at this rate: that of a poor mobile connection."""
SAFE_S = 1.0
"""An upload that began less than this ago isn't ended for others' sake."""

Limit = Callable[[str, str], int]
"""(path, media type) → bytes."""


class Uploads:
    """Raises errors out of `receive`, where the route's own error handling meets them."""

    def __init__(self, app: ASGIApp, limit: Limit, memory_bytes: int) -> None:
        self.app = app
        self._limit = limit
        self._memory_bytes = memory_bytes
        self._held_bytes = 0
        self._under_way: dict[_Upload, None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self.counted(scope, receive) as counted:
            await self.app(scope, counted, send)

    def counted(self, scope: Scope, receive: Receive) -> AbstractContextManager[Receive]:
        """The way to read a body within the limits, for as long as its bytes are held."""
        media_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
        limit_bytes = self._limit(scope["path"], media_type)
        return _Upload(self, receive, limit_bytes, header(scope, b"content-length") or "")

    def begin(self, upload: "_Upload") -> None:
        """One waits for bytes."""
        self._under_way[upload] = None

    def end(self, upload: "_Upload") -> None:
        """One has all its bytes, or will get no more."""
        self._under_way.pop(upload, None)

    def hold(self, upload: "_Upload", size: int) -> None:
        """Make room for bytes that came.

        Raises:
            BusyError: if there is none.
        """
        if self._held_bytes + size > self._memory_bytes:
            now = asyncio.get_running_loop().time()
            oldest = next(iter(self._under_way))
            if oldest is upload or not oldest.evict(now):
                raise BusyError("There is no memory for another upload.", reason="uploads_full")
            self.end(oldest)
        self._held_bytes += size

    def let_go(self, size: int) -> None:
        """Bytes that were held are gone."""
        self._held_bytes -= size


class _Upload:
    """One body."""

    def __init__(self, all_of_them: Uploads, receive: Receive, limit_bytes: int, declared: str) -> None:
        self._all = all_of_them
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._seen_bytes = int(declared) if declared.isdecimal() and int(declared) > limit_bytes else 0
        self._held_bytes = 0
        self._complete = False
        self._evicted = False
        self._patience: asyncio.Timeout | None = None
        self._began = asyncio.get_running_loop().time()

    def __enter__(self) -> Receive:
        return self._next

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._all.end(self)
        self._all.let_go(self._held_bytes)

    def evict(self, now: float) -> bool:
        """End it, if it is waiting for bytes and not new; whether that was done."""
        if self._patience is None or now - self._began < SAFE_S:
            return False
        self._evicted = True
        self._patience.reschedule(now)
        return True

    async def _next(self) -> Message:
        if self._complete:
            return await self._receive()
        self._require_room()
        self._all.begin(self)
        try:
            async with asyncio.timeout_at(self._deadline()) as self._patience:
                message = await self._receive()
        except TimeoutError as error:
            detail = "Others needed the memory." if self._evicted else "The body came too slowly."
            raise SlowUploadError(detail) from error
        finally:
            self._patience = None
        size = len(message.get("body", b""))
        self._seen_bytes += size
        self._require_room()
        self._all.hold(self, size)
        self._held_bytes += size
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._complete = True
            self._all.end(self)
        return message

    def _require_room(self) -> None:
        if self._seen_bytes > self._limit_bytes:
            raise BodyTooLargeError(
                f"The request has more than the {self._limit_bytes:,} bytes that are accepted here."
            )

    def _deadline(self) -> float:
        return self._began + GRACE_S + self._seen_bytes / LEAST_BYTES_PER_S
