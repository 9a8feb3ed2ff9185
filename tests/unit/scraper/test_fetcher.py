"""How a site is treated, and what it may do to us: the fetcher against small servers on real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from statistics import median

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.steps import InvalidInputError
from scraper.crawl.stats import Stats
from scraper.errors import (
    HostBusyError,
    HostDownError,
    Refusal,
    RefusedError,
    SiteChangedError,
    SiteUnavailableError,
    TryLaterError,
)
from scraper.http.caching import Validators
from scraper.http.fetcher import Fetcher
from scraper.settings import ScraperSettings
from scraper.sources.protocol import Content, Unchanged
from stack.seaweedfs import free_ports
from webguard import Policy, WebClient, site_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scraper.http.retry.BASE_S", 0.001)


class Site:
    """A site that notes what it was asked for, and when."""

    def __init__(self, handler: Handler, robots: str | int = 404) -> None:
        self.handler = handler
        self.robots = robots
        self.asked: list[str] = []
        self.at: list[float] = []
        self.agents: set[str] = set()
        self.busy = 0
        self.busiest = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.at.append(time.monotonic())
        self.agents.add(request.headers["User-Agent"])
        if request.path == "/robots.txt":
            if isinstance(self.robots, int):
                return web.Response(status=self.robots)
            return web.Response(text=self.robots)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            return await self.handler(request)
        finally:
            self.busy -= 1

    def count(self, path: str) -> int:
        return self.asked.count(path)


@asynccontextmanager
async def fetching(
    site: Site, *, attempts: int = 3, timeout_s: float = 5.0, connections: int = 2
) -> AsyncIterator[tuple[Fetcher, str, Stats]]:
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    settings = ScraperSettings(
        contact="curator@example.org",
        scraper_attempts=attempts,
        scraper_timeout_s=timeout_s,
        scraper_connections_per_host=connections,
        scraper_autothrottle=False,
    )
    stats = Stats()
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        async with WebClient(
            Policy(frozenset(), local_sites=frozenset({site_of(url)})),
            user_agent=settings.user_agent("1.0"),
            connections_per_host=connections,
            timeout_s=timeout_s,
        ) as client:
            yield Fetcher(client, settings, stats), url, stats


async def fine(_request: web.Request) -> web.Response:
    return web.Response(body=b"fine", headers={"ETag": '"1"', "Last-Modified": "yesterday"})


async def reason_of(fetcher: Fetcher, url: str) -> str:
    """What an image is refused for, at once or, if it may pass, in the end."""
    with pytest.raises((RefusedError, TryLaterError)) as error:
        await fetcher.image(url, None)
    refused = error.value.refusal if isinstance(error.value, TryLaterError) else error.value
    assert isinstance(refused, RefusedError)
    return refused.reason


async def test_robots_txt_is_read_once_and_first_by_an_honest_name() -> None:
    site = Site(fine, robots="User-agent: *\nDisallow: /private/")
    async with fetching(site) as (fetcher, url, stats):
        assert await fetcher.page(f"{url}/page") == b"fine"
        await asyncio.gather(*(fetcher.image(f"{url}/{i}.jpg", None) for i in range(5)))
        assert await reason_of(fetcher, f"{url}/private/1.jpg") == Refusal.ROBOTS
        with pytest.raises(InvalidInputError, match=r"robots\.txt forbids"):
            await fetcher.page(f"{url}/private/page")
    assert site.asked[0] == "/robots.txt"
    assert site.count("/robots.txt") == 1
    assert not any(path.startswith("/private/") for path in site.asked)
    assert site.agents == {"Acneflow/1.0 (image scraper; contact: curator@example.org)"}
    assert (stats.pages, stats.bytes_read) == (1, 4 * 6 + len("User-agent: *\nDisallow: /private/"))


async def test_a_redirect_doesnt_lead_around_robots_txt() -> None:
    async def handler(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/private/1.jpg")

    site = Site(handler, robots="User-agent: *\nDisallow: /private/")
    async with fetching(site) as (fetcher, url, _):
        assert await reason_of(fetcher, f"{url}/1.jpg") == Refusal.ROBOTS
    assert site.count("/private/1.jpg") == 0


async def test_while_robots_txt_fails_nothing_is_fetched() -> None:
    site = Site(fine, robots=503)
    async with fetching(site) as (fetcher, url, _):
        with pytest.raises(SiteUnavailableError, match="answered 503"):
            await fetcher.page(f"{url}/page")
        with pytest.raises(SiteUnavailableError):
            await fetcher.image(f"{url}/1.jpg", None)
    assert set(site.asked) == {"/robots.txt"}
    assert site.count("/robots.txt") == 3


async def test_crawl_delay_is_the_least_distance_between_any_two_requests() -> None:
    site = Site(fine, robots="User-agent: *\nCrawl-delay: 0.1")
    async with fetching(site, connections=4) as (fetcher, url, _):
        began = time.monotonic()
        await asyncio.gather(*(fetcher.page(f"{url}/{i}") for i in range(4)))
        await asyncio.gather(*(fetcher.image(f"{url}/{i}.jpg", None) for i in range(4)))
    # one that arrives late, on a busy machine, lets the next one seem close
    assert all(at - began > 0.1 * number for number, at in enumerate(site.at[1:]))
    assert median(after - before for before, after in pairwise(site.at[1:])) > 0.07


async def test_a_site_that_wants_an_absurd_delay_isnt_scraped_faster() -> None:
    site = Site(fine, robots="User-agent: *\nCrawl-delay: 86400")
    async with fetching(site) as (fetcher, url, _):
        with pytest.raises(InvalidInputError, match="86400 s between requests"):
            await fetcher.page(f"{url}/page")
    assert site.asked == ["/robots.txt"]


async def test_a_host_gets_no_more_requests_at_a_time_than_allowed() -> None:
    async def handler(_request: web.Request) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response(body=b"fine")

    site = Site(handler)
    async with fetching(site, connections=3) as (fetcher, url, _):
        await asyncio.gather(*(fetcher.image(f"{url}/{i}.jpg", None) for i in range(20)))
    assert site.busiest == 3


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_may_pass_can_be_asked_again(status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status if site.count(request.path) < 3 else 200, body=b"fine")

    site = Site(handler)
    async with fetching(site) as (fetcher, url, _):
        for _again in range(2):
            with pytest.raises(TryLaterError) as later:
                await fetcher.image(f"{url}/1.jpg", None)
            assert later.value.refusal.reason == f"http_{status}"
        content = await fetcher.image(f"{url}/1.jpg", None)
        assert await fetcher.page(f"{url}/page") == b"fine"
    assert isinstance(content, Content)
    assert content.body == b"fine"


async def test_what_stays_is_asked_once_and_a_page_that_fails_as_often_as_set() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=int(request.path.strip("/")))

    site = Site(handler)
    async with fetching(site) as (fetcher, url, _):
        assert await reason_of(fetcher, f"{url}/404") == "http_404"
        assert await reason_of(fetcher, f"{url}/304") == "http_304"
        with pytest.raises(SiteChangedError, match="answered 404 where a page was expected"):
            await fetcher.page(f"{url}/404")
        with pytest.raises(SiteUnavailableError, match="answered 500"):
            await fetcher.page(f"{url}/500")
    assert (site.count("/404"), site.count("/304"), site.count("/500")) == (2, 1, 3)


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_cools_the_whole_host_down_and_nobody_waits_for_it(form: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/busy":
            value = (
                "30" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=31), usegmt=True)
            )
            return web.Response(status=429, headers={"Retry-After": value})
        return web.Response(body=b"fine")

    site = Site(handler)
    async with fetching(site) as (fetcher, url, _):
        await fetcher.image(f"{url}/warm-up", None)
        with pytest.raises(TryLaterError):
            await fetcher.image(f"{url}/busy", None)
        with pytest.raises(HostBusyError) as busy:
            await fetcher.image(f"{url}/1.jpg", None)
        assert 25 < busy.value.seconds <= 31
        assert 25 < fetcher.wait_s(site_of(url)) <= 31
        assert fetcher.wait_s("example.org") == 0
    assert site.asked == ["/robots.txt", "/warm-up", "/busy"]


async def test_a_host_that_fails_everything_is_left_alone_tried_by_one_request_and_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scraper.http.pacing.FIRST_PAUSE_S", 0.05)

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    site = Site(handler)
    async with fetching(site) as (fetcher, url, _):
        for i in range(10):
            assert await reason_of(fetcher, f"{url}/{i}") == "http_503"
        for trial in range(3):
            with pytest.raises(HostBusyError):
                await fetcher.image(f"{url}/too-early", None)
            await asyncio.sleep(0.05 * 2**trial + 0.05)
            assert await reason_of(fetcher, f"{url}/trial") == "http_503"
        with pytest.raises(HostDownError, match="again and again"):
            await fetcher.image(f"{url}/too-late", None)
    assert (site.count("/trial"), site.count("/too-early"), site.count("/too-late")) == (3, 0, 0)


async def test_a_host_that_comes_back_is_asked_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scraper.http.pacing.FIRST_PAUSE_S", 0.05)
    up = False

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=200 if up else 503, body=b"fine")

    async with fetching(Site(handler)) as (fetcher, url, _):
        for i in range(10):
            await reason_of(fetcher, f"{url}/{i}")
        await asyncio.sleep(0.1)
        up = True
        await asyncio.gather(fetcher.image(f"{url}/trial", None))
        await asyncio.gather(*(fetcher.image(f"{url}/{i}", None) for i in range(5)))


async def test_an_unchanged_image_is_asked_for_by_its_validators_and_not_sent() -> None:
    async def handler(request: web.Request) -> web.Response:
        same = request.headers.get("If-None-Match") == '"1"'
        assert same == (request.headers.get("If-Modified-Since") == "yesterday")
        return web.Response(status=304) if same else await fine(request)

    async with fetching(Site(handler)) as (fetcher, url, stats):
        content = await fetcher.image(f"{url}/1.jpg", None)
        assert isinstance(content, Content)
        assert content.validators == Validators('"1"', "yesterday")
        assert await fetcher.image(f"{url}/1.jpg", content.validators) == Unchanged()
        assert stats.bytes_read == 4


async def test_an_image_whose_owner_forbids_training_is_refused_and_remembered() -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=b"fine", headers={"X-Robots-Tag": "noai, noimageai", "ETag": '"1"'})

    async with fetching(Site(handler)) as (fetcher, url, _):
        with pytest.raises(RefusedError) as refused:
            await fetcher.image(f"{url}/1.jpg", None)
    assert (refused.value.reason, refused.value.validators.etag) == (Refusal.NO_AI, '"1"')


async def test_hostile_answers_cost_one_image_each() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/metadata":
                raise web.HTTPFound("http://169.254.169.254/latest/meta-data/iam/")
            case "/loop":
                raise web.HTTPFound("/loop")
            case "/packed":
                return web.Response(body=b"x", headers={"Content-Encoding": "gzip"})
            case "/slow":
                await asyncio.sleep(10)
            case "/broken":
                assert request.transport is not None
                request.transport.close()
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(bytes(2**20))

    site = Site(handler)
    async with fetching(site, attempts=1, timeout_s=1.0) as (fetcher, url, _):
        paths = ["metadata", "loop", "packed", "endless", "slow", "broken"]
        reasons = [await reason_of(fetcher, f"{url}/{path}") for path in paths]
    assert reasons == ["address", "redirects", "encoded", "too_many_bytes", "too_slow", "network"]


async def test_another_site_than_the_source_s_own_is_bad_input() -> None:
    async with fetching(Site(fine)) as (fetcher, _, _stats):
        with pytest.raises(InvalidInputError, match="isn't among the sites"):
            await fetcher.page("http://example.org/page")


async def test_a_site_that_isnt_there_is_unavailable() -> None:
    (port,) = free_ports(1)
    policy = Policy(frozenset(), local_sites=frozenset({f"127.0.0.1:{port}"}))
    async with WebClient(policy, user_agent="test", connections_per_host=1, timeout_s=1) as client:
        fetcher = Fetcher(client, ScraperSettings(scraper_attempts=1), Stats())
        with pytest.raises(SiteUnavailableError, match="can't be fetched"):
            await fetcher.page(f"http://127.0.0.1:{port}/page")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("text/html; charset=utf-8", "html"),
        ("image/svg+xml", "svg"),
        ("Application/ZIP", "archive"),
        ("application/json", "content_type"),
        ("video/mp4", "content_type"),
    ],
)
async def test_what_its_server_calls_no_image_is_none(kind: str, reason: str) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=b"anything", headers={"Content-Type": kind})

    async with fetching(Site(handler)) as (fetcher, url, _):
        assert await reason_of(fetcher, f"{url}/1.jpg") == reason


@pytest.mark.parametrize("kind", ["image/jpeg", "image/jpg", "application/octet-stream", "text/plain", "nonsense"])
async def test_any_other_type_is_left_to_the_content(kind: str) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=b"anything", headers={"Content-Type": kind})

    async with fetching(Site(handler)) as (fetcher, url, _):
        assert isinstance(await fetcher.image(f"{url}/1.jpg", None), Content)
