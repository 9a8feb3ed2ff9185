"""Headers that keep a browser from doing more with an answer than it should; a route's own word wins.

In ASGI's form, names in small letters. There is no HSTS: whoever puts TLS before the gateway sets it there.
"""

from collections.abc import Iterable

API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
DOCS_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; frame-ancestors 'none'"
)
"""Swagger's page has its start inside."""

Header = tuple[bytes, bytes]

DEFAULTS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
POLICY = b"content-security-policy"
API_DEFAULTS = (*DEFAULTS, (POLICY, API_POLICY))
DOCS_DEFAULTS = (*DEFAULTS, (POLICY, DOCS_POLICY))


def secured(headers: Iterable[Header], path: str) -> list[Header]:
    """The headers of an answer for a path, and those that it lacks."""
    given = dict(headers)
    documentation = path == "/docs" or path.startswith(("/docs/", "/static-offline-docs/"))
    defaults = DOCS_DEFAULTS if documentation else API_DEFAULTS
    return [*headers, *[each for each in defaults if each[0] not in given]]
