"""The guarded client against servers that mean no good, on real sockets."""

import asyncio
import gzip
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from webguard import (
    LARGE_BYTES,
    AddressRefusedError,
    BodyTooLargeError,
    EncodedBodyError,
    FetchFailedError,
    Policy,
    TooManyRedirectsError,
    TooSlowError,
    UrlRefusedError,
    WebClient,
    WebGuardError,
    site_of,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CAP = 100_000


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def speaking(answer: bytes) -> AsyncIterator[str]:
    """A server that sends these bytes to whoever asks, and hangs up."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def client_for(*urls: str, timeout_s: float = 5.0) -> WebClient:
    policy = Policy(sites=frozenset(), local_sites=frozenset(site_of(url) for url in urls))
    return WebClient(policy, user_agent="test", connections_per_host=2, timeout_s=timeout_s)


async def refused(url: str, kind: type[WebGuardError], timeout_s: float = 5.0) -> WebGuardError:
    async with client_for(url, timeout_s=timeout_s) as client:
        with pytest.raises(kind) as error:
            await client.get(url, max_bytes=CAP)
    return error.value


async def test_an_answer_arrives_whole_with_its_status_and_headers() -> None:
    seen: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response(body=b"x" * CAP, headers={"ETag": '"1"', "Set-Cookie": "trap=1"})

    async with serving(handler) as url, client_for(url) as client:
        for _ in range(2):
            answer = await client.get(f"{url}/a", max_bytes=CAP)
    assert (answer.status, len(answer.body), answer.headers["etag"]) == (200, CAP, '"1"')
    assert seen[1].headers["User-Agent"] == "test"
    assert "Cookie" not in seen[1].headers


async def test_an_error_s_body_isnt_read() -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=404, body=b"x" * 10 * CAP)

    async with serving(handler) as url, client_for(url) as client:
        answer = await client.get(url, max_bytes=CAP)
    assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/latest/meta-data/",
        "file:///etc/passwd",
        "http://user:password@127.0.0.1/",
        "http://[broken",
    ],
)
async def test_a_redirect_to_somewhere_forbidden_isnt_followed(target: str) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    async with serving(handler) as url:
        await refused(url, UrlRefusedError)


async def test_a_redirect_to_another_local_server_never_reaches_it() -> None:
    reached: list[str] = []

    async def secret(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(text="secret")

    async with serving(secret) as inner:

        async def handler(_request: web.Request) -> web.Response:
            raise web.HTTPFound(f"{inner}/admin")

        async with serving(handler) as url:
            await refused(url, UrlRefusedError)
    assert reached == []


async def test_a_listed_name_that_stands_for_a_loopback_address_is_refused() -> None:
    reached: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response()

    async with serving(handler) as url:
        named = url.replace("127.0.0.1", "localhost")
        policy = Policy(sites=frozenset({site_of(named)}))
        async with WebClient(policy, user_agent="test", connections_per_host=1, timeout_s=5) as client:
            with pytest.raises(AddressRefusedError, match="localhost:"):
                await client.get(named, max_bytes=CAP)
        assert reached == []
        async with client_for(named) as client:
            assert (await client.get(named, max_bytes=CAP)).status == 200


async def test_the_caller_may_refuse_a_hop() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/a":
            raise web.HTTPFound("/private")
        return web.Response()

    async def before_hop(url: str) -> None:
        if url.endswith("/private"):
            raise PermissionError(url)

    async with serving(handler) as url, client_for(url) as client:
        with pytest.raises(PermissionError):
            await client.get(f"{url}/a", max_bytes=CAP, before_hop=before_hop)
        assert asked == ["/a"]
        assert (await client.get(f"{url}/a", max_bytes=CAP)).url == f"{url}/private"


async def test_a_redirect_loop_ends() -> None:
    async def handler(request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(request.path)

    async with serving(handler) as url:
        await refused(f"{url}/a", TooManyRedirectsError)


async def test_an_endless_body_is_cut_off() -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)
            sent += 65536

    async with serving(handler) as url:
        await refused(url, BodyTooLargeError)
    assert sent < 100 * CAP  # what fits into the buffers of two sockets


async def test_a_declared_size_over_the_cap_is_refused_unread_with_its_headers() -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 100000000\r\n\r\n'
    async with speaking(head) as url:
        error = await refused(url, BodyTooLargeError)
    assert isinstance(error, BodyTooLargeError)
    assert error.headers["ETag"] == '"1"'


async def test_a_body_shorter_than_declared_is_a_broken_connection() -> None:
    async with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc") as url:
        await refused(url, FetchFailedError)


async def test_a_compressed_body_isnt_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serving(handler) as url:
        await refused(url, EncodedBodyError)


async def test_a_server_that_drips_is_left_in_time() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x")
            await asyncio.sleep(0.05)
        return response

    async with serving(handler) as url:
        began = time.monotonic()
        await refused(url, TooSlowError, timeout_s=0.3)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("nonsense", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10**6])
async def test_an_answer_that_is_no_http_is_a_failure_by_name(nonsense: bytes) -> None:
    async with speaking(nonsense) as url:
        error = await refused(url, FetchFailedError)
        assert url in str(error)


async def test_a_server_that_isnt_there_is_a_failure_by_name() -> None:
    async with speaking(b"") as url:
        gone = url
    await refused(gone, FetchFailedError)


async def test_a_name_that_changes_its_address_is_checked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(headers={"Connection": "close"})

    async with serving(handler) as url:
        port = int(url.rpartition(":")[2])
        answers = ["127.0.0.1", "169.254.169.254", "127.0.0.1"]
        system = socket.getaddrinfo

        def changing(host: str, *more: Any, **others: Any) -> Any:
            return system(answers.pop(0) if host == "atlas.example" else host, *more, **others)

        monkeypatch.setattr(socket, "getaddrinfo", changing)
        monkeypatch.setattr("aiohttp.connector._DNSCacheTable.expired", lambda *_: True)
        named = f"http://atlas.example:{port}"
        policy = Policy(frozenset(), local_sites=frozenset({site_of(named)}))
        async with WebClient(policy, user_agent="test", connections_per_host=1, timeout_s=5) as client:
            assert (await client.get(f"{named}/1", max_bytes=CAP)).status == 200
            with pytest.raises(AddressRefusedError, match=r"169\.254\.169\.254"):
                await client.get(f"{named}/2", max_bytes=CAP)
            assert (await client.get(f"{named}/3", max_bytes=CAP)).status == 200
    assert asked == ["/1", "/3"]


async def test_a_large_body_waits_for_room_without_its_time_running_out() -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(2 * LARGE_BYTES))

    waited: list[bool] = []

    async def before_large() -> None:
        await asyncio.sleep(0.5)
        waited.append(True)

    async with serving(handler) as url, client_for(url, timeout_s=0.3) as client:
        answer = await client.get(url, max_bytes=3 * LARGE_BYTES, before_large=before_large)
    assert len(answer.body) == 2 * LARGE_BYTES
    assert waited == [True]
