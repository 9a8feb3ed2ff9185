"""An HTTP client for what strangers' pages point to.

GET only; no cookies, credentials or proxy; every redirect hop checked; every body capped while it streams. It never
unpacks a compressed body, so no bomb can go off.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from multidict import CIMultiDictProxy
from yarl import URL

from webguard.errors import (
    BodyTooLargeError,
    EncodedBodyError,
    FetchFailedError,
    TooManyRedirectsError,
    TooSlowError,
    UrlRefusedError,
)
from webguard.policy import Policy

CHUNK_BYTES = 64 * 2**10
LARGE_BYTES = 2**20
"""From this size on a body counts as large: whoever holds many at a time should let few of these grow at once."""
MAX_REDIRECTS = 5
"""As many hops as RFC 9309 asks a crawler to follow for robots.txt."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})

BeforeHop = Callable[[str], Awaitable[None]]
"""Called with the URL of each hop before it is requested; what it raises ends the fetch."""
BeforeLarge = Callable[[], Awaitable[None]]
"""Called once when a body turns out to be large; until it returns, no more of the body is read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer: no redirect. `body` is empty unless `status` is 200."""

    url: str
    status: int
    headers: CIMultiDictProxy[str]
    """Looked up without regard to case."""
    body: bytes


class WebClient:
    """Fetches what its policy allows. Use it as an async context manager; one serves a whole run."""

    def __init__(self, policy: Policy, *, user_agent: str, connections_per_host: int, timeout_s: float) -> None:
        self._policy = policy
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
        self._connections_per_host = connections_per_host
        self._timeout_s = timeout_s

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_GuardedResolver(self._policy), limit_per_host=self._connections_per_host
            ),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        before_hop: BeforeHop | None = None,
        before_large: BeforeLarge | None = None,
    ) -> Answer:
        """Fetch a URL, following redirects.

        `headers` are sent to every hop. The time that `before_large` takes doesn't count towards the timeout. Raises
        WebGuardError whatever goes wrong; the status of an answer is no error.
        """
        try:
            async with asyncio.timeout(self._timeout_s) as limit:
                body = _Body(max_bytes, before_large, limit)
                return await self._follow(_parse(url), headers or {}, before_hop, body)
        except TimeoutError as error:
            raise TooSlowError(f"{url} didn't answer in full within {self._timeout_s:g} s") from error
        except aiohttp.InvalidURL as error:
            raise UrlRefusedError(f"{url} is or points to something that is no usable address: {error}") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise FetchFailedError(f"{url} can't be fetched: {error or type(error).__name__}") from error

    async def _follow(
        self, url: URL, headers: Mapping[str, str], before_hop: BeforeHop | None, body: "_Body"
    ) -> Answer:
        for _ in range(1 + MAX_REDIRECTS):
            self._policy.check_url(url)
            if before_hop is not None:
                await before_hop(str(url))
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status in REDIRECTS and location is not None:
                    url = url.join(_parse(location))
                    continue
                content = await body.read(response) if response.status == 200 else b""
                return Answer(str(url), response.status, response.headers, content)
        raise TooManyRedirectsError(f"more than {MAX_REDIRECTS} redirects, the last one to {url}")


def _parse(text: str) -> URL:
    try:
        return URL(text)
    except ValueError as error:
        raise UrlRefusedError(f"{text!r} is no usable address: {error}") from error


class _Body:
    def __init__(self, max_bytes: int, before_large: BeforeLarge | None, limit: asyncio.Timeout) -> None:
        self._max_bytes = max_bytes
        self._before_large = before_large
        self._limit = limit

    async def read(self, response: aiohttp.ClientResponse) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.casefold() != "identity":
            raise EncodedBodyError(f"{response.url} came as {encoding}, although it was asked for as it is")
        if (response.content_length or 0) > self._max_bytes:
            raise self._too_large(response)
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            if size < LARGE_BYTES <= size + len(chunk):
                await self._wait_for_room()
            size += len(chunk)
            if size > self._max_bytes:
                raise self._too_large(response)
            chunks.append(chunk)
        return b"".join(chunks)

    async def _wait_for_room(self) -> None:
        if self._before_large is None:
            return
        loop = asyncio.get_running_loop()
        began, deadline = loop.time(), self._limit.when()
        # waiting for memory of ours is no fault of the server's
        self._limit.reschedule(None)
        await self._before_large()
        self._limit.reschedule(None if deadline is None else deadline + loop.time() - began)

    def _too_large(self, response: aiohttp.ClientResponse) -> BodyTooLargeError:
        msg = f"{response.url} has more than the {self._max_bytes:,} bytes it may have"
        return BodyTooLargeError(msg, response.headers)


class _GuardedResolver(AbstractResolver):
    """The system's resolver, refusing a name as soon as one of its addresses isn't allowed.

    What it returns is what is connected to, so that a name can't change between check and use.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._system.resolve(host, port, family)
        for result in results:
            self._policy.check_address(host, port, result["host"])
        return results

    async def close(self) -> None:
        await self._system.close()
