"""Headers that keep a browser from doing more with an answer than it should; a route's own word wins.

Pure ASGI. There is no HSTS: whoever puts TLS before the gateway sets it there.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
DOCS_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; frame-ancestors 'none'"
)
"""Swagger's page has its start inside."""

DEFAULTS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
POLICY = b"content-security-policy"
API_DEFAULTS = (*DEFAULTS, (POLICY, API_POLICY))
DOCS_DEFAULTS = (*DEFAULTS, (POLICY, DOCS_POLICY))
"""In ASGI's form, names in small letters: they go into every answer, also where answers must cost nothing."""


class SecurityHeaders:
    """Adds them to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        documentation = path == "/docs" or path.startswith("/docs/") or path.startswith("/static-offline-docs/")
        defaults = DOCS_DEFAULTS if documentation else API_DEFAULTS

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in defaults if each[0] not in own)]
            await send(message)

        await self.app(scope, receive, guarded)
