"""Which addresses may be fetched, and how much of them: for whoever fetches what a stranger's page points to.

`Policy` says what may be fetched, `WebClient` fetches no other thing. Whoever uses it meets only `WebGuardError`s.
"""

from webguard.client import LARGE_BYTES, Answer, BeforeHop, BeforeLarge, WebClient
from webguard.errors import (
    AddressRefusedError,
    BodyTooLargeError,
    EncodedBodyError,
    FetchFailedError,
    TooManyRedirectsError,
    TooSlowError,
    UrlRefusedError,
    WebGuardError,
)
from webguard.policy import Policy, site_of

__all__ = [
    "LARGE_BYTES",
    "AddressRefusedError",
    "Answer",
    "BeforeHop",
    "BeforeLarge",
    "BodyTooLargeError",
    "EncodedBodyError",
    "FetchFailedError",
    "Policy",
    "TooManyRedirectsError",
    "TooSlowError",
    "UrlRefusedError",
    "WebClient",
    "WebGuardError",
    "site_of",
]
