"""Each kind of dirt over a real socket, judged by the project's own decoder."""

from io import BytesIO

import pytest
from PIL import Image

from imaging import DEFAULT_LIMITS, ImageRefusedError, Reason, inspect, read_pixels
from sample_site.atlas import Atlas, Entry
from sample_site.dirt import Dirt

from .conftest import Client


async def body_of(client: Client, entry: Entry) -> bytes:
    response = await client.get(f"/dn2/allJPG3/{entry.name}.jpg", allow_redirects=False)
    assert response.status == 200
    return await response.read()


async def original_of(client: Client, atlas: Atlas, copy: Entry) -> bytes:
    return await body_of(client, next(e for e in atlas.entries if e.name == copy.original and e.dirt is None))


@pytest.mark.parametrize("kind", [Dirt.DUPLICATE_SAME_LABEL, Dirt.DUPLICATE_OTHER_LABEL, Dirt.TWO_LABELS])
async def test_exact_copies_have_the_bytes_of_their_originals(client: Client, atlas: Atlas, kind: Dirt) -> None:
    for copy in atlas.dirty(kind):
        assert await body_of(client, copy) == await original_of(client, atlas, copy)


async def test_a_near_duplicate_is_smaller_and_shows_the_same(client: Client, atlas: Atlas) -> None:
    (copy,) = atlas.dirty(Dirt.NEAR_DUPLICATE)
    near, first = await body_of(client, copy), await original_of(client, atlas, copy)
    assert near != first
    assert inspect(near).width < inspect(first).width
    small, large = (read_pixels(data).astype(int) for data in (near, first))
    assert abs(small - large).mean() < 6


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Dirt.TRUNCATED, Reason.DAMAGED),
        (Dirt.HTML, Reason.UNSUPPORTED_FORMAT),
        (Dirt.HUGE, Reason.TOO_MANY_PIXELS),
    ],
)
async def test_what_no_model_should_see_is_refused_for_its_own_reason(
    client: Client, atlas: Atlas, kind: Dirt, reason: Reason
) -> None:
    (entry,) = atlas.dirty(kind)
    with pytest.raises(ImageRefusedError) as refusal:
        read_pixels(await body_of(client, entry))
    assert refusal.value.reason is reason
    assert not entry.usable


async def test_the_huge_picture_is_small_in_bytes_and_a_real_picture(client: Client, atlas: Atlas) -> None:
    (entry,) = atlas.dirty(Dirt.HUGE)
    data = await body_of(client, entry)
    assert len(data) < 20_000
    with Image.open(BytesIO(data)) as image:
        assert image.width * image.height > DEFAULT_LIMITS.max_pixels
        image.load()


async def test_a_missing_image_has_a_thumbnail_and_answers_404(client: Client, atlas: Atlas) -> None:
    (entry,) = atlas.dirty(Dirt.MISSING)
    assert (await client.get(f"/dn2/allJPGThumb3/{entry.name}.jpg")).status == 200
    assert (await client.get(f"/dn2/allJPG3/{entry.name}.jpg")).status == 404


async def test_a_moved_image_is_found_by_following_its_redirect(client: Client, atlas: Atlas) -> None:
    (entry,) = atlas.dirty(Dirt.REDIRECT)
    moved = await client.get(f"/dn2/allJPG3/{entry.name}.jpg", allow_redirects=False)
    assert (moved.status, moved.headers["Location"]) == (302, f"/dn2/moved/{entry.name}.jpg")
    followed = await client.get(f"/dn2/allJPG3/{entry.name}.jpg")
    assert read_pixels(await followed.read()).shape == (224, 224, 3)


async def test_robots_txt_forbids_the_members_pictures_and_no_others(client: Client, atlas: Atlas) -> None:
    text = await (await client.get("/robots.txt")).text()
    assert "Crawl-delay: 0.005" in text
    forbidden = [line.removeprefix("Disallow: ") for line in text.splitlines() if line.startswith("Disallow: ")]
    for entry in atlas.entries:
        path = f"/dn2/allJPG3/{entry.name}.jpg"
        assert any(path.startswith(prefix) for prefix in forbidden) is (entry.dirt is Dirt.DISALLOWED)
