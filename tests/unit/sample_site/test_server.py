"""The server: conditional answers, a slow page that holds nobody up, and things that aren't there."""

import asyncio
import time

import pytest

from sample_site.atlas import Atlas

from .conftest import SLOW_PAGE_S, Client


@pytest.fixture
def address(atlas: Atlas) -> str:
    return f"/dn2/allJPG3/{next(e.name for e in atlas.entries if e.dirt is None)}.jpg"


async def test_a_picture_that_the_client_has_isnt_sent_again(client: Client, address: str) -> None:
    first = await client.get(address)
    assert first.content_type == "image/jpeg"
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-None-Match", f'"other", W/{first.headers["ETag"]}'),
        ("If-None-Match", "*"),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = await client.get(address, headers={header: value})
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


async def test_the_entity_tag_goes_before_the_date(client: Client, address: str) -> None:
    first = await client.get(address)
    headers = {"If-None-Match": '"outdated"', "If-Modified-Since": first.headers["Last-Modified"]}
    again = await client.get(address, headers=headers)
    assert (again.status, await again.read()) == (200, await first.read())
    older = await client.get(address, headers={"If-Modified-Since": "Sun, 01 Jan 2023 00:00:00 GMT"})
    assert older.status == 200


async def test_pages_and_thumbnails_are_conditional_too(client: Client, atlas: Atlas, address: str) -> None:
    slug = next(slug for slug in atlas.galleries if slug != atlas.slow_page[0])
    for path in (address.replace("allJPG3", "allJPGThumb3"), f"/images/{slug}", f"/images/{slug}/photos/1"):
        first = await client.get(path)
        assert first.status == 200
        again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status == 304


async def test_an_unchanged_picture_costs_no_drawing(client: Client, address: str) -> None:
    known = (await client.head(address)).headers["ETag"]
    async with asyncio.timeout(5):
        started = time.perf_counter()
        for _ in range(20):
            assert (await client.get(address, headers={"If-None-Match": known})).status == 304
        assert time.perf_counter() - started < 1


async def test_the_slow_page_takes_its_time_and_holds_nobody_up(client: Client, atlas: Atlas) -> None:
    slug, number = atlas.slow_page
    started = time.perf_counter()
    slow = asyncio.create_task(client.get(f"/images/{slug}/photos/{number}"))
    await asyncio.sleep(0.02)
    assert (await client.get("/healthz")).status == 200
    assert not slow.done()
    assert (await slow).status == 200
    assert time.perf_counter() - started >= SLOW_PAGE_S


@pytest.mark.parametrize(
    "path",
    [
        "/images/Acne-Scar",
        "/images/Milia/photos/0",
        "/images/Milia/photos/99",
        "/images/Milia/picture/nothing",
        "/dn2/allJPG3/nothing.jpg",
        "/dn2/moved/07Acne0001.jpg",
        "/nowhere",
    ],
)
async def test_what_isnt_there_is_a_404_page_that_says_so(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.status == 404
    assert f"There is nothing at {path}" in await response.text()


async def test_health_says_what_is_served(client: Client, atlas: Atlas) -> None:
    assert await (await client.get("/healthz")).json() == {"status": "ok", "synthetic": True, "seed": atlas.seed}
