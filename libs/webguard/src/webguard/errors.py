"""Everything that a guarded fetch can raise.

WebGuardError
├── UrlRefusedError         not http(s), not a host on the list, or with credentials in it
├── AddressRefusedError     the host stands for an address that isn't for us
├── TooManyRedirectsError
├── BodyTooLargeError
├── EncodedBodyError        compressed, though we asked for it as it is
├── TooSlowError
└── FetchFailedError        no connection, or one that broke off
"""

from collections.abc import Mapping


class WebGuardError(Exception):
    """The root; the message says what was refused or what failed, and names the address."""


class UrlRefusedError(WebGuardError):
    """The policy doesn't allow this URL."""


class AddressRefusedError(WebGuardError):
    """The host is allowed, but stands for an address that isn't."""


class TooManyRedirectsError(WebGuardError):
    """The answer is a redirect, once too often."""


class BodyTooLargeError(WebGuardError):
    """The body is larger than the caller takes; what came of it was dropped."""

    def __init__(self, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.headers = headers


class EncodedBodyError(WebGuardError):
    """The body is compressed although it was asked for uncompressed; a small one could unfold into a huge one."""


class TooSlowError(WebGuardError):
    """The whole fetch, redirects included, took longer than it may."""


class FetchFailedError(WebGuardError):
    """The network failed: no such name, no connection, or a connection that broke off."""
