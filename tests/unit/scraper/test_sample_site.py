"""Scraping the real sample site into a real store: the right images, dirt refused by its name, no byte twice."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from PIL import Image

from contracts.snapshot import SnapshotManifest
from contracts.steps import InvalidInputError
from contracts.taxonomy import Taxonomy
from objectstore import ObjectStore, load_document
from sample_site.atlas import Atlas
from sample_site.dirt import Dirt
from sample_site.server import SampleSite
from scraper.crawl.crawler import Options
from scraper.crawl.scrape import Scrape, count_candidates, scrape
from scraper.crawl.stats import Stats
from scraper.errors import SiteChangedError
from scraper.settings import ScraperSettings
from scraper.sources.catalogue import open_source
from scraper.sources.protocol import SourceOptions

REFUSED_AS = {
    Dirt.TRUNCATED: "damaged",
    Dirt.HTML: "html",
    Dirt.HUGE: "too_many_pixels",
    Dirt.MISSING: "http_404",
    Dirt.DISALLOWED: "robots",
}
CATEGORY = "/images/Acne-and-Rosacea-Photos"
TWO_GALLERIES = (
    '<meta name="synthetic" content="true"><a href="/images/Milia">Milia</a><a href="/images/Acne-Cystic">Cystic</a>'
)


@dataclass
class Site:
    """The sample site, and what it was asked for; `replaced` pages are shown in place of its own."""

    atlas: Atlas
    url: str = ""
    asked: list[str] = field(default_factory=list)
    image_bytes: int = 0
    replaced: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path in self.replaced:
            return web.Response(text=self.replaced[request.path], content_type="text/html")
        if request.path in self.missing:
            raise web.HTTPNotFound
        response = await handler(request)
        if request.path.startswith("/dn2/") and isinstance(response, web.Response) and response.status == 200:
            self.image_bytes += len(response.body or b"")  # type: ignore[arg-type]
        return response


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    atlas = Atlas(seed=3, cases_per_class=2, photos_per_page=3)
    site = Site(atlas)
    app = SampleSite(atlas, slow_page_s=0.1).application()
    app.middlewares.append(site.watch)
    async with TestServer(app) as server:
        site.url = str(server.make_url("")).rstrip("/")
        yield site


@pytest.fixture
def small_site(site: Site) -> Site:
    """Two of the galleries, where all of them would show no more."""
    site.replaced = {CATEGORY: TWO_GALLERIES}
    return site


async def scraped(
    site: Site, store: ObjectStore, options: Options | None = None, *, taxonomy: str | None = None
) -> Scrape:
    stats = Stats()
    settings = ScraperSettings.model_validate({"sample_site_url": site.url, "taxonomy": taxonomy})
    async with open_source("sample", settings, SourceOptions(), stats) as source:
        return await scrape(source, store, stats, settings.cache, options)


def snapshot_of(scraped: Scrape, store: ObjectStore) -> SnapshotManifest:
    return load_document(store, scraped.uri, SnapshotManifest)


def snapshots(store: ObjectStore) -> list[str]:
    return store.folders("sources/sample/snapshots/")


async def test_exactly_the_usable_images_arrive_with_the_site_s_labels_and_groups(
    site: Site, store: ObjectStore
) -> None:
    result = await scraped(site, store)
    manifest = load_document(store, result.uri, SnapshotManifest)
    assert not result.unchanged
    assert manifest.synthetic
    assert "synthetic" in manifest.notice

    def address(name: str) -> str:
        return f"{site.url}/dn2/allJPG3/{name}.jpg"

    expected = Counter((address(e.name), e.label, e.case_id, e.case.monk) for e in site.atlas.entries if e.usable)
    assert Counter((i.url, i.label, i.group, i.skin_tone) for i in manifest.images) == expected
    assert {i.licence for i in manifest.images} == {"CC0-1.0"}
    assert all(i.etag and i.last_modified and i.page for i in manifest.images)

    assert {c.name for c in manifest.classes} == set(site.atlas.galleries.values())
    assert {c.name: c.minimum_images for c in manifest.classes}["milia"] == 16

    refused = Counter(
        (address(e.name), e.label, REFUSED_AS[e.dirt]) for e in site.atlas.entries if e.dirt in REFUSED_AS
    )
    assert Counter((r.url, r.label, r.reason) for r in manifest.refusals) == refused
    assert manifest.refused == Counter(reason for _, _, reason in refused)

    for image in manifest.images:
        body = store.get(image.key).body
        assert (hashlib.sha256(body).hexdigest(), len(body)) == (image.sha256, image.size)
        with Image.open(BytesIO(body)) as opened:
            assert opened.size == (image.width, image.height)
    assert {i.key for i in store.walk("images/")} == {i.key for i in manifest.images}


async def test_robots_txt_is_obeyed_and_each_address_is_fetched_once(site: Site, store: ObjectStore) -> None:
    await scraped(site, store)
    twice = [path for path, count in Counter(site.asked).items() if count > 1]
    assert twice == []
    assert not any(path.startswith(("/members/", "/dn2/allJPG3/members-")) for path in site.asked)
    assert not any("Thumb" in path for path in site.asked)


async def test_an_unchanged_site_gives_no_new_snapshot_and_no_image_byte(site: Site, store: ObjectStore) -> None:
    first = await scraped(site, store)
    site.image_bytes = 0
    second = await scraped(site, store)
    assert second.unchanged
    assert second.uri == first.uri
    assert (second.images, second.refused) == (first.images, first.refused)
    assert site.image_bytes == 0
    assert len(snapshots(store)) == 1


async def test_an_image_that_was_lost_from_the_store_is_fetched_anew(small_site: Site, store: ObjectStore) -> None:
    first = await scraped(small_site, store)
    images = snapshot_of(first, store).images
    lost = images[0]
    store.delete(lost.key)
    small_site.image_bytes = 0
    second = await scraped(small_site, store)
    assert second.unchanged
    assert store.head(lost.key) is not None
    same_content = [i for i in images if i.key == lost.key]
    assert small_site.image_bytes == lost.size * len({i.url for i in same_content})


async def test_a_lost_class_keeps_the_last_snapshot_unless_meant(small_site: Site, store: ObjectStore) -> None:
    first = await scraped(small_site, store)
    milia = [i for i in snapshot_of(first, store).images if i.label == "milia"]
    kept = len(milia) // 2 - (len(milia) % 2 == 0)  # just below half
    small_site.missing = {i.url.removeprefix(small_site.url) for i in milia[kept:]}
    with pytest.raises(SiteChangedError, match=rf"milia from {len(milia)} to \d.*--allow-loss"):
        await scraped(small_site, store)
    assert len(snapshots(store)) == 1
    meant = await scraped(small_site, store, Options(allow_loss=True))
    assert not meant.unchanged
    assert meant.refused["http_404"] >= len(small_site.missing)


async def test_a_class_taken_out_of_the_taxonomy_isnt_missed(
    small_site: Site, store: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = await scraped(small_site, store)
    path = tmp_path_factory.mktemp("taxonomy") / "taxonomy.yaml"
    taxonomy = Taxonomy.load()
    rest = tuple(c for c in taxonomy.classes if c.name != "milia")
    path.write_bytes(taxonomy.model_copy(update={"classes": rest}).to_json())  # JSON is YAML
    second = await scraped(small_site, store, taxonomy=str(path))
    assert not second.unchanged
    rest_of_first = {i for i in snapshot_of(first, store).images if i.label != "milia"}
    assert set(snapshot_of(second, store).images) == rest_of_first


async def test_a_site_that_lost_its_structure_is_a_changed_site(site: Site, store: ObjectStore) -> None:
    head = '<meta name="synthetic" content="true">'
    blank = f"<html><head>{head}</head><body><p>We have a new look!</p></body></html>"
    for path in (CATEGORY, "/images/Milia/photos/1"):
        site.replaced = {CATEGORY: TWO_GALLERIES, path: blank}
        with pytest.raises(SiteChangedError, match="has the site changed"):
            await scraped(site, store)
    endless = f'{head}<div class="thumbnails"><a><img src="/dn2/allJPGThumb3/a.jpg"></a></div>'
    endless += '<div class="pagination">1 2 50000 Next</div>'
    site.replaced = {CATEGORY: TWO_GALLERIES, "/images/Milia/photos/1": endless}
    with pytest.raises(SiteChangedError, match="50000 pages"):
        await scraped(site, store)
    assert snapshots(store) == []


async def test_a_site_that_doesnt_say_synthetic_is_no_sample_site(site: Site, store: ObjectStore) -> None:
    link = '<a href="/images/Milia">Milia</a>'
    site.replaced = {CATEGORY: link}
    with pytest.raises(InvalidInputError, match="no sample site"):
        await scraped(site, store)


async def test_galleries_that_the_taxonomy_doesnt_name_are_left_out_by_name(
    site: Site, store: ObjectStore, capsys: pytest.CaptureFixture[str]
) -> None:
    page = '<meta name="synthetic" content="true"><a href="/images/Milia">m</a><a href="/images/Warts">w</a>'
    site.replaced = {CATEGORY: page}
    result = await scraped(site, store)
    assert [c.name for c in result.classes] == ["milia"]
    assert "left out: gallery Warts, which the taxonomy doesn't name" in capsys.readouterr().out
    assert not any("Warts" in path for path in site.asked)


async def test_a_dry_run_counts_without_fetching_or_writing(site: Site, store: ObjectStore) -> None:
    stats = Stats()
    settings = ScraperSettings(sample_site_url=site.url)
    async with open_source("sample", settings, SourceOptions(), stats) as source:
        classes, counts = await count_candidates(source, stats)
        _, limited = await count_candidates(source, stats, per_class=2)
    assert counts == Counter(e.label for e in site.atlas.entries)
    assert {each.name for each in classes} == set(counts)
    assert set(limited.values()) == {2}
    assert not any(path.startswith("/dn2/") for path in site.asked)
    assert list(store.walk("")) == []
