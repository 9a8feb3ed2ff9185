"""Photos by their address: only from sites that the operator named, only through `webguard`'s checks."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from gateway.http.errors import (
    AddressNotAllowedError,
    AddressUnusableError,
    BusyError,
    RefusedImageError,
    TooSlowError,
)
from imaging import DEFAULT_LIMITS, ImageRefusedError, Reason

if TYPE_CHECKING:
    from webguard import WebClient

TIMEOUT_S = 10.0
AT_ONCE = 8
"""Fetches under way; more are sent away, since a slow site would otherwise hold any number of requests."""
USER_AGENT = "acneflow-gateway"


class Fetcher:
    """Fetches photos. Use it with `async with`; nothing is loaded or connected before the first fetch."""

    def __init__(self, sites: frozenset[str], local_sites: frozenset[str]) -> None:
        self._sites = sites
        self._local_sites = local_sites
        self._stack = AsyncExitStack()
        self._client: WebClient | None = None
        self._under_way = 0

    async def fetch(self, url: str) -> bytes:
        """The bytes of the photo at an address, unchecked.

        Raises:
            AddressNotAllowedError: if the operator doesn't allow it.
            AddressUnusableError: if there is no photo to be had.
            RefusedImageError: if it has more bytes than any photo may have.
            TooSlowError: if the site doesn't answer in time.
            BusyError: if too many fetches are under way.
        """
        if not self._sites | self._local_sites:
            raise AddressNotAllowedError("Photos by their address are switched off.", reason="addresses_off")
        import webguard  # noqa: PLC0415  (with aiohttp 9 MB, which most gateways never need)

        if self._under_way >= AT_ONCE:
            raise BusyError("Too many photos are being fetched.", reason="fetches_full")
        self._under_way += 1
        try:
            client = await self._open_client()
            async with asyncio.timeout(TIMEOUT_S):
                answer = await client.get(url, max_bytes=DEFAULT_LIMITS.max_bytes)
        except (webguard.UrlRefusedError, webguard.AddressRefusedError) as error:
            raise AddressNotAllowedError("The operator doesn't allow this address.") from error
        except webguard.BodyTooLargeError as error:
            message = f"what is there has more than the {DEFAULT_LIMITS.max_bytes:,} bytes that are accepted"
            raise RefusedImageError(ImageRefusedError(Reason.TOO_MANY_BYTES, message)) from error
        except (webguard.TooSlowError, TimeoutError) as error:
            raise TooSlowError("The site didn't send the photo in time.", reason="site_too_slow") from error
        except webguard.WebGuardError as error:
            raise AddressUnusableError("The photo can't be fetched from there.") from error
        finally:
            self._under_way -= 1
        if answer.status != 200:
            raise AddressUnusableError(f"The site answered {answer.status} instead of the photo.")
        return answer.body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._stack.aclose()

    async def _open_client(self) -> "WebClient":
        from webguard import Policy, WebClient  # noqa: PLC0415

        if self._client is None:
            policy = Policy(self._sites, self._local_sites)
            client = WebClient(policy, user_agent=USER_AGENT, connections_per_host=AT_ONCE, timeout_s=TIMEOUT_S)
            self._client = await self._stack.enter_async_context(client)
        return self._client
