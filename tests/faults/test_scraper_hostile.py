"""The whole scraper against a site that means it harm: nothing gets in, nothing hangs, memory stays small."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.steps import Exit
from objectstore import ObjectStore, StoreSettings
from support.hostile_site import GOOD, HEAD, HostileSite, png
from support.scraping import peak_rss_mb, result_of, snapshot, started, store_environment

MAX_RSS_MB = 300


@pytest.fixture
async def site() -> AsyncIterator[tuple[HostileSite, str]]:
    hostile = HostileSite()
    async with TestServer(hostile.application()) as server:
        yield hostile, str(server.make_url("")).rstrip("/")


async def watched(*arguments: str, environment: dict[str, str]) -> tuple[int, bytes, bytes, float]:
    """A scrape's exit code, output, errors and peak memory in MB."""
    process = await started(*arguments, environment=environment)
    peak = 0.0

    async def watch() -> None:
        nonlocal peak
        while process.returncode is None:
            try:
                peak = max(peak, peak_rss_mb(process.pid))
            except (OSError, AssertionError):  # it has just ended
                return
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    out, err = await process.communicate()
    await watching
    assert process.returncode is not None
    return process.returncode, out, err, peak


@pytest.mark.faults
async def test_every_trap_costs_one_image_and_memory_stays_small(
    site: tuple[HostileSite, str], store: ObjectStore, store_settings: StoreSettings, tmp_path: Path
) -> None:
    hostile, url = site
    environment = store_environment(store_settings, tmp_path)
    environment |= {"ACNEFLOW_SCRAPER_TIMEOUT_S": "2", "ACNEFLOW_SCRAPER_ATTEMPTS": "2"}
    began = time.monotonic()
    code, out, err, peak = await watched("--source", "sample", "--site-url", url, environment=environment)
    seconds = time.monotonic() - began
    assert code == Exit.DONE, err.decode()
    manifest = snapshot(store, result_of(out))
    reasons = {r.url.rpartition("/")[2].removesuffix(".jpg"): r.reason for r in manifest.refusals}
    assert reasons == hostile.expected
    assert len(manifest.images) == GOOD
    assert {i.key for i in store.walk("images/")} == {i.key for i in manifest.images}
    assert hostile.leaks == []
    assert "/dn2/allJPG3/secret.jpg" not in hostile.asked
    print(f"{len(reasons)} traps, {seconds:.1f} s, {peak:.0f} MB at most")
    assert peak < MAX_RSS_MB


@pytest.mark.faults
async def test_a_page_of_fifty_thousand_links_ends_the_run_in_small_memory(
    store_settings: StoreSettings, store: ObjectStore, tmp_path: Path
) -> None:
    links = "".join(f'<a href="/images/G{i}"><img src="/dn2/allJPGThumb3/{i}.jpg"></a>' for i in range(50_000))

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.path.endswith("-Photos"):
            return web.Response(text=f'{HEAD}<a href="/images/Milia">m</a>{links}', content_type="text/html")
        return web.Response(text=f'{HEAD}<div class="thumbnails">{links}</div>', content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        url = str(server.make_url(""))
        began = time.monotonic()
        code, _, err, peak = await watched(
            "--source", "sample", "--site-url", url, environment=store_environment(store_settings, tmp_path)
        )
    print(f"{time.monotonic() - began:.1f} s, {peak:.0f} MB at most: {err.decode().strip()}")
    assert code == Exit.INVALID
    assert "50000 thumbnails" in err.decode()
    assert peak < MAX_RSS_MB
    assert store.folders("sources/sample/snapshots/") == []


@pytest.mark.faults
async def test_many_large_pictures_at_once_stay_in_small_memory(
    store_settings: StoreSettings, store: ObjectStore, tmp_path: Path
) -> None:
    """Fifteen of 20 megapixels, the largest that are decoded; each differs by a comment at its end."""
    picture = await asyncio.to_thread(png, 5_000, 4_000)

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.path.endswith("-Photos"):
            return web.Response(text=f'{HEAD}<a href="/images/Milia">m</a>', content_type="text/html")
        if request.path.startswith("/images/"):
            pictures = "".join(f'<a><img src="/dn2/allJPGThumb3/{i}.jpg"></a>' for i in range(15))
            return web.Response(text=f'{HEAD}<div class="thumbnails">{pictures}</div>', content_type="text/html")
        padding = bytes(5 * 2**20) + request.path.encode()  # after the end of the picture; a large body
        return web.Response(body=picture + padding, content_type="image/png")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    environment = store_environment(store_settings, tmp_path) | {"ACNEFLOW_SCRAPER_CONNECTIONS_PER_HOST": "16"}
    async with TestServer(app) as server:
        url = str(server.make_url(""))
        code, out, err, peak = await watched("--source", "sample", "--site-url", url, environment=environment)
    assert code == Exit.DONE, err.decode()
    assert result_of(out)["images"] == 15
    print(f"15 pictures of 20 megapixels, {peak:.0f} MB at most")
    assert peak < MAX_RSS_MB
