"""How many bytes a request may bring: counted while they stream in, refused before they are read where it is declared.

Pure ASGI, so it holds for every way of reading a body. (Starlette's own limiter answers in plain text.)
"""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import BodyTooLargeError


class BodyLimit:
    """Raises `BodyTooLargeError` out of `receive`, where the route's own error handling meets it."""

    def __init__(self, app: ASGIApp, default_bytes: int, bytes_by_path: Mapping[str, int]) -> None:
        self.app = app
        self._default_bytes = default_bytes
        self._bytes_by_path = bytes_by_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._bytes_by_path.get(scope["path"], self._default_bytes)
        declared = Headers(scope=scope).get("content-length", "")
        seen = int(declared) if declared.isdecimal() and int(declared) > limit else 0

        async def counted() -> Message:
            nonlocal seen
            if seen <= limit:
                message = await receive()
                seen += len(message.get("body", b""))
                if seen <= limit:
                    return message
            raise BodyTooLargeError(f"The request has more than the {limit:,} bytes that are accepted here.")

        await self.app(scope, counted, send)
