"""A scrape that was broken off goes on where it was, whatever broke it off and wherever it goes on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from contracts.snapshot import SnapshotManifest
from objectstore import ObjectStore, load_document
from scraper.crawl.crawler import Options
from scraper.crawl.scrape import Scrape, scrape
from scraper.crawl.stats import Budget, Stats
from scraper.errors import AnotherScraperError, BudgetSpentError, StateUnusableError
from scraper.settings import ScraperSettings
from scraper.sources.catalogue import open_source
from scraper.sources.protocol import SourceOptions
from scraper.state.checkpoint import StateKeeper
from support.scraping import result_of, snapshot, started, timeless

PAGES, PER_PAGE = 4, 5
HEAD = '<meta name="synthetic" content="true">'


class Site:
    """A gallery of four pages of five pictures; what was asked for, and what happens before an answer."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.headers: dict[str, str] = {}
        self.before: Callable[[str], Awaitable[None]] | None = None

    @property
    def pictures_asked(self) -> int:
        return sum(count for path, count in self.asked.items() if path.startswith("/dn2/"))

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        if self.before is not None:
            await self.before(request.path)
        match request.path.split("/")[1:]:
            case ["images", "Acne-and-Rosacea-Photos"]:
                text = f'{HEAD}<a href="/images/Milia">m</a>'
            case ["images", "Milia", *rest]:
                first = (int(rest[1]) - 1) * PER_PAGE if rest else 0
                numbers = range(first, first + PER_PAGE)
                pictures = "".join(f'<a><img src="/dn2/allJPGThumb3/{i}.jpg"></a>' for i in numbers)
                text = f'{HEAD}<div class="thumbnails">{pictures}</div><div class="pagination">1 2 3 {PAGES}</div>'
            case ["dn2", "allJPG3", name]:
                out = BytesIO()
                Image.new("RGB", (64, 48), (int(name.removesuffix(".jpg")) * 9, 9, 9)).save(out, "PNG")
                etag = f'"{name}"'
                if request.headers.get("If-None-Match") == etag:
                    return web.Response(status=304, headers=self.headers)
                return web.Response(body=out.getvalue(), headers={"ETag": etag, **self.headers})
            case _:
                return web.Response(status=404)
        return web.Response(text=text, content_type="text/html")


@asynccontextmanager
async def served(site: Site) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def scraped(url: str, store: ObjectStore, options: Options | None = None, cache: Path | None = None) -> Scrape:
    stats = Stats()
    settings = ScraperSettings(sample_site_url=url, scraper_autothrottle=False)
    async with open_source("sample", settings, SourceOptions(), stats) as source:
        return await scrape(source, store, stats, cache or settings.cache, options)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_spent_budget_publishes_nothing_and_the_next_run_goes_on(
    store: ObjectStore, tmp_path: Path, elsewhere: bool
) -> None:
    site = Site()
    async with served(site) as url:
        for _ in range(2):
            with pytest.raises(BudgetSpentError, match="budget of 4 pages is spent"):
                await scraped(url, store, Options(budget=Budget(pages=4)))
        assert store.folders("sources/sample/snapshots/") == []
        result = await scraped(url, store, cache=tmp_path if elsewhere else None)
    assert result.images == {"milia": PAGES * PER_PAGE}
    assert {path: n for path, n in site.asked.items() if path.startswith("/dn2/") and n > 1} == {}
    assert all(site.asked[f"/images/Milia/photos/{n}"] == 1 for n in range(1, PAGES + 1))


async def test_kills_change_nothing_about_what_was_seen(store: ObjectStore, store_env: dict[str, str]) -> None:
    site, reached, killed = Site(), asyncio.Event(), asyncio.Event()
    asked_before = 0

    async def until_killed(path: str) -> None:
        if path.startswith("/dn2/") and not killed.is_set() and site.pictures_asked - asked_before >= PER_PAGE:
            reached.set()
            await killed.wait()

    site.before = until_killed
    async with served(site) as url:
        for _ in range(3):
            reached.clear()
            killed.clear()
            asked_before = site.pictures_asked
            process = await started("--source", "sample", "--site-url", url, environment=store_env)
            await asyncio.wait_for(reached.wait(), 30)
            process.kill()
            await process.communicate()
            killed.set()
        process = await started("--source", "sample", "--site-url", url, environment=store_env)
        out, _ = await process.communicate()
        disturbed = snapshot(store, result_of(out))
        assert b"going on where the last run was broken off" in out
        assert site.pictures_asked < 4 * PAGES * PER_PAGE
        other = ObjectStore(store.settings.model_copy(update={"bucket": f"{store.bucket}-calm"}))
        other.ensure_bucket()
        calm = load_document(other, (await scraped(url, other)).uri, SnapshotManifest)
    assert timeless(disturbed) == timeless(calm)


async def test_a_second_scraper_is_refused_on_this_machine_and_on_another(store: ObjectStore, tmp_path: Path) -> None:
    site = Site()
    async with served(site) as url:
        with StateKeeper(store, "sample", tmp_path).lock(), pytest.raises(AnotherScraperError, match="another scraper"):
            await scraped(url, store, cache=tmp_path)

        async def somebody_else_scrapes(path: str) -> None:
            if path.endswith("photos/4"):
                site.before = None
                await scraped(url, store, cache=tmp_path / "elsewhere")

        site.before = somebody_else_scrapes
        with pytest.raises(AnotherScraperError):
            await scraped(url, store, cache=tmp_path)
    assert len(store.folders("sources/sample/snapshots/")) == 1


async def test_a_state_that_is_damaged_or_lost_costs_no_image(store: ObjectStore, tmp_path: Path) -> None:
    site = Site()
    async with served(site) as url:
        first = await scraped(url, store)
        store.put("sources/sample/state.sqlite", b"SQLite format 3\0 not really" * 100)
        second = await scraped(url, store, cache=tmp_path / "1")
        store.delete("sources/sample/state.sqlite")
        third = await scraped(url, store, cache=tmp_path / "2")
    assert second.unchanged
    assert third.unchanged
    assert third.uri == first.uri
    assert site.pictures_asked == 3 * PAGES * PER_PAGE  # asked after, and not sent


async def test_what_a_server_promised_not_to_change_isnt_asked_for_unless_wanted(store: ObjectStore) -> None:
    site = Site()
    site.headers = {"Cache-Control": "max-age=3600"}
    async with served(site) as url:
        await scraped(url, store)
        second = await scraped(url, store)
        assert site.pictures_asked == PAGES * PER_PAGE
        third = await scraped(url, store, Options(revalidate=True))
        assert site.pictures_asked == 2 * PAGES * PER_PAGE
        fourth = await scraped(url, store)
        assert site.pictures_asked == 2 * PAGES * PER_PAGE
    assert second.unchanged
    assert third.unchanged
    assert fourth.unchanged


async def test_an_address_that_fails_at_first_is_asked_again_while_others_go_on(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.http.retry.BASE_S", 0.01)
    site = Site()

    async def flaky(path: str) -> None:
        if path.endswith(("/3.jpg", "/7.jpg")) and site.asked[path] < 3:
            raise web.HTTPServiceUnavailable
        if path.endswith("/9.jpg"):
            raise web.HTTPServiceUnavailable

    site.before = flaky
    async with served(site) as url:
        result = await scraped(url, store)
    assert result.images == {"milia": PAGES * PER_PAGE - 1}
    assert result.refused == {"http_503": 1}
    assert (site.asked["/dn2/allJPG3/3.jpg"], site.asked["/dn2/allJPG3/9.jpg"]) == (3, 4)


async def test_a_limit_takes_the_first_images_of_each_class(store: ObjectStore) -> None:
    async with served(Site()) as url:
        result = await scraped(url, store, Options(per_class=7))
    assert result.images == {"milia": 7}


async def test_a_state_that_cant_be_kept_says_where_and_what_to_do(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    async with served(Site()) as url:
        with pytest.raises(StateUnusableError, match="set ACNEFLOW_CACHE"):
            await scraped(url, store, cache=tmp_path / "cache")
