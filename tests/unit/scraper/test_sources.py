"""The sources besides the sample site and folders: each against local copies on real sockets, into a real store."""

import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from contracts.snapshot import SnapshotManifest
from contracts.steps import InvalidInputError
from objectstore import ObjectStore, load_document
from scraper.crawl.scrape import scrape
from scraper.crawl.stats import Stats
from scraper.errors import SiteChangedError, SiteUnavailableError
from scraper.settings import ScraperSettings
from scraper.sources.catalogue import open_source
from scraper.sources.protocol import SourceOptions

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def picture(shade: int, kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), (shade % 256, 99, shade // 256)).save(out, kind)
    return out.getvalue()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def scraped(
    name: str, store: ObjectStore, options: SourceOptions | None = None, **settings: Any
) -> SnapshotManifest:
    stats = Stats()
    read = ScraperSettings.model_validate(settings | {"scraper_autothrottle": False})
    async with open_source(name, read, options or SourceOptions(), stats) as source:
        result = await scrape(source, store, stats, read.cache)
    return load_document(store, result.uri, SnapshotManifest)


# --- dermnet ---------------------------------------------------------------------------------------------------


async def dermnet(request: web.Request) -> web.Response:
    match request.path.split("/")[1:]:
        case ["images", "Acne-and-Rosacea-Photos"]:
            text = '<a href="/images/Rosacea">r</a><a href="/images/Milia">m</a><a href="/images/Eczema">e</a>'
        case ["images", "Rosacea"]:  # a sub-category of two galleries, one of which is a class of its own
            text = '<a href="/images/Rosacea-Nose/photos/1">nose</a><a href="/images/Rosacea-Faces/photos/1">faces</a>'
        case ["images", "Milia"]:
            text = "<p>one gallery</p>"
        case ["images", slug, "photos", number]:
            src = f"/dn2/allJPGThumb3/{slug}-milia-{number}.jpg"
            text = f'<div class="thumbnails"><a href="/v"><img src="{src}"></a></div>'
            if slug == "Milia":
                text += '<div class="pagination"><a>1</a> <a>2</a> <a href="/n">Next</a></div>'
        case ["dn2", "allJPG3", name]:
            return web.Response(body=picture(sum(name.encode()), "JPEG"))
        case _:
            return web.Response(status=404)
    return web.Response(text=text, content_type="text/html")


async def test_dermnet_galleries_give_the_labels_never_the_file_names(store: ObjectStore) -> None:
    async with serving(dermnet) as url:
        settings: dict[str, Any] = {"dermnet_url": url, "dermnet_acknowledged": "yes", "contact": "me@example.org"}
        manifest = await scraped("dermnet", store, **settings)
    assert {(i.label, i.url.rpartition("/")[2]) for i in manifest.images} == {
        ("rosacea-nose", "Rosacea-Nose-milia-1.jpg"),
        ("rosacea", "Rosacea-Faces-milia-1.jpg"),
        ("milia", "Milia-milia-1.jpg"),
        ("milia", "Milia-milia-2.jpg"),
    }
    assert (manifest.source, manifest.synthetic) == ("dermnet", False)
    assert "copyrighted" in manifest.notice
    assert all("copyright" in i.licence for i in manifest.images)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"contact": "me@example.org"}, "ACNEFLOW_DERMNET_ACKNOWLEDGED=yes"),
        ({"dermnet_acknowledged": "yes"}, "CONTACT"),
    ],
)
async def test_dermnet_is_off_until_acknowledged_with_a_contact(
    store: ObjectStore, settings: dict[str, Any], message: str
) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=404)

    async with serving(handler) as url:
        with pytest.raises(InvalidInputError, match=message):
            await scraped("dermnet", store, dermnet_url=url, **settings)
    assert asked == []


async def test_dermnet_nz_is_refused_under_whatever_name(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="forbid training"):
        await scraped("dermnetnz", store)
    sneaky: dict[str, Any] = {
        "dermnet_url": "https://www.DermNetNZ.org",
        "dermnet_acknowledged": "yes",
        "contact": "me@example.org",
    }
    with pytest.raises(InvalidInputError, match="forbid training"):
        await scraped("dermnet", store, **sneaky)
    table = tmp_path / "urls.csv"
    table.write_text("url,label\nhttps://dermnetnz.org/assets/1.jpg,a\nhttps://example.org/2.jpg,b\n")
    with pytest.raises(InvalidInputError, match="forbid training"):
        await scraped("urls", store, SourceOptions(urls=str(table)))


# --- SCIN ------------------------------------------------------------------------------------------------------

GOOD = "DEFAULT_YES_IMAGE_QUALITY_SUFFICIENT"
LABELS = (
    "case_id",
    "weighted_skin_condition_label",
    "dermatologist_gradable_for_skin_condition_1",
    "dermatologist_gradable_for_skin_condition_2",
    "monk_skin_tone_label_us",
    "monk_skin_tone_label_india",
)
CASES = ("case_id", "image_1_path", "image_2_path", "image_3_path", "fitzpatrick_skin_type")
CASE_ROWS = [
    ("-1", "dataset/images/-11.png", "dataset/images/-12.png", "", "FST3"),
    ("2", "dataset/images/21.png", "", "", "NONE_SELECTED"),
    ("3", "dataset/images/31.png", "", "", "FST1"),
    ("4", "dataset/images/41.png", "", "", "FST1"),
    ("5", "dataset/images/51.png", "", "", "FST1"),
    ("6", "dataset/images/61.png", "", "", "FST1"),
    ("7", "dataset/images/71.png", "", "", "FST1"),
    ("8", "", "", "", "FST1"),
]
LABEL_ROWS = [
    ("-1", "{'Rosacea': 0.6, 'Acne': 0.4}", GOOD, "", "4.0", "7"),
    ("2", "{'Hidradenitis': 1.0}", "", GOOD, "", "9"),
    ("3", "{'Rosacea': 0.4, 'Eczema': 0.3, 'Acne': 0.3}", GOOD, "", "", ""),
    ("4", "{'Eczema': 1.0}", GOOD, "", "", ""),
    ("5", "{'Milia': 1.0}", "NO_IMAGE_QUALITY_INSUFFICIENT", "", "", ""),
    ("6", "{'Milia': 0.5, 'Rosacea': 0.5}", GOOD, "", "", ""),
    ("7", "__import__('os').system('true')", GOOD, "", "", ""),
    ("8", "{'Milia': 1.0}", GOOD, "", "", ""),
]


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerows([columns, *rows])
    return out.getvalue()


def scin(**tables: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        if request.path.startswith("/mirror/dataset/images/"):
            return web.Response(body=picture(sum(name.encode())), content_type="image/png")
        found = {"scin_cases.csv": table_of(CASES, CASE_ROWS), "scin_labels.csv": table_of(LABELS, LABEL_ROWS)} | tables
        return web.Response(text=found[name]) if name in found else web.Response(status=404)

    return handler


async def test_scin_s_certain_cases_of_the_taxonomy_are_taken_with_group_tone_and_licence(
    store: ObjectStore, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(scin()) as url:
        manifest = await scraped("scin", store, scin_url=f"{url}/mirror")
    seen = {(i.url.rpartition("/")[2], i.label, i.group, i.skin_tone, i.fitzpatrick) for i in manifest.images}
    assert seen == {
        ("-11.png", "rosacea", "-1", 4, 3),
        ("-12.png", "rosacea", "-1", 4, 3),
        ("21.png", "hidradenitis-suppurativa", "2", 9, None),
    }
    assert {i.licence for i in manifest.images} == {"SCIN Data Use License"}
    assert "Google" in manifest.notice
    out = capsys.readouterr().out
    for what in (
        "cases whose first condition the taxonomy doesn't name",
        "cases whose first condition weighs less than 0.5",
        "cases that no dermatologist could grade",
        "cases with two first conditions",
        "cases without a condition",
        "cases without an image",
    ):
        assert f"left out: 1 {what}\n" in out


async def test_the_weight_that_scin_s_cases_need_is_a_setting(store: ObjectStore) -> None:
    async with serving(scin()) as url:
        manifest = await scraped("scin", store, scin_url=f"{url}/mirror", scin_minimum_weight=0.35)
    assert {i.group for i in manifest.images} == {"-1", "2", "3"}


async def test_scin_tables_that_changed_are_a_changed_source(store: ObjectStore) -> None:
    for table, message in (("case,label\n1,2\n", "has no column"), (table_of(LABELS, []), "no case of")):
        async with serving(scin(**{"scin_labels.csv": table})) as url:
            with pytest.raises(SiteChangedError, match=message):
                await scraped("scin", store, scin_url=f"{url}/mirror")


# --- tables ----------------------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for i in range(4):
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / f"{i}.png").write_bytes(picture(i))
    return tmp_path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
async def test_a_table_names_files_with_label_group_licence_and_tone(
    kind: str, photos: Path, store: ObjectStore
) -> None:
    rows: list[dict[str, object]] = [
        {"path": "photos/0.png", "label": "Mild acne", "group": "p1", "licence": "CC0", "skin_tone": 3},
        {"path": "photos/1.png", "label": "Mild acne", "group": "p1", "licence": None, "skin_tone": None},
        {"path": str(photos / "photos" / "2.png"), "label": "Rosacea", "group": None, "licence": None, "skin_tone": 11},
        {"path": "photos/absent.png", "label": "Rosacea", "group": "p3", "licence": None, "skin_tone": None},
    ]
    table = photos / f"images.{kind}"
    if kind == "csv":
        with table.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), table)
    manifest = await scraped("folder", store, SourceOptions(folder=table, minimum_images=1))
    assert [(c.name, c.display_name) for c in manifest.classes] == [("mild-acne", "Mild acne"), ("rosacea", "Rosacea")]
    assert [(i.label, i.group, i.licence, i.skin_tone) for i in manifest.images] == [
        ("mild-acne", "p1", "CC0", 3),
        ("mild-acne", "p1", "the operator's own", None),
        ("rosacea", str(photos / "photos" / "2.png"), "the operator's own", None),
    ]
    assert manifest.refused == {"unreadable": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"path,label\nphotos/0.png,\n", "row 1: there is no 'label'"),
        (b"file,class\nphotos/0.png,a\n", "row 1: there is no 'path'"),
        (b"path,label\nphotos/0.png,a\n", "at least two labels"),
        (b"path,label\nphotos/0.png,A b\nphotos/1.png,a-B\n", "write them alike"),
        (b"path,label\n../secret.png,a\nphotos/1.png,b\n", "lies outside"),
        (b"path,label\n\xff\xfe,a\n", "no CSV file in UTF-8"),
    ],
)
async def test_a_table_that_cant_be_used_says_in_which_row(
    content: bytes, message: str, photos: Path, store: ObjectStore
) -> None:
    table = photos / "images.csv"
    table.write_bytes(content)
    with pytest.raises(InvalidInputError, match=message):
        await scraped("folder", store, SourceOptions(folder=table))


@pytest.mark.parametrize("damaged", [b"", b"PAR1 and no more", b"PAR1" + b"\xff" * 100 + b"PAR1"])
async def test_a_damaged_parquet_file_is_refused_by_name(damaged: bytes, photos: Path, store: ObjectStore) -> None:
    table = photos / "images.parquet"
    table.write_bytes(damaged)
    with pytest.raises(InvalidInputError, match=r"images\.parquet is no Parquet file"):
        await scraped("folder", store, SourceOptions(folder=table))


async def test_listed_addresses_are_fetched_from_every_site_and_a_dead_one_costs_only_its_own(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.http.retry.BASE_S", 0.001)

    async def alive(request: web.Request) -> web.Response:
        return (
            web.Response(body=picture(len(request.path))) if request.path != "/robots.txt" else web.Response(status=404)
        )

    async def dead(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    table = tmp_path / "urls.csv"
    async with serving(alive) as one, serving(alive) as two, serving(dead) as three:
        sites = [url.removeprefix("http://") for url in (one, two, three)]
        table.write_text(f"url,label,group\n{one}/a,x,g1\n{two}/bb,y,g1\n{three}/c,y,\n{three}/d,y,\n")
        options = SourceOptions(urls=str(table), minimum_images=1)
        manifest = await scraped("urls", store, options, scraper_local_sites=", ".join(sites))
        # a list's sites aren't trusted to be local: nothing private is fetched unless a setting names it
        with pytest.raises(SiteChangedError, match="more than 50% of the images are gone"):
            await scraped("urls", store, options)
    assert {(i.url, i.label, i.group) for i in manifest.images} == {(f"{one}/a", "x", "g1"), (f"{two}/bb", "y", "g1")}
    assert manifest.refused == {"host_down": 2}


@pytest.mark.usefixtures("store_env")
async def test_a_list_may_lie_in_the_store_or_on_the_web(store: ObjectStore) -> None:
    async def handler(request: web.Request) -> web.Response:
        match request.path:
            case "/lists/two.csv":
                return web.Response(text=table)
            case "/robots.txt":
                return web.Response(status=404)
            case "/gone.csv" | "/down.csv":
                return web.Response(status=404 if "gone" in request.path else 503)
            case _:
                return web.Response(body=picture(len(request.path)))

    async with serving(handler) as site:
        table = f"url,label\n{site}/a,x\n{site}/bb,y\n"
        store.put("lists/one.csv", table.encode())
        local = {"scraper_local_sites": site.removeprefix("http://")}
        for where in (store.uri("lists/one.csv"), f"{site}/lists/two.csv"):
            options = SourceOptions(urls=where, minimum_images=1)
            manifest = await scraped("urls", store, options, **local)
            assert [i.label for i in manifest.images] == ["x", "y"]
        for where, error, said in (
            (store.uri("lists/none.csv"), InvalidInputError, "doesn't exist"),
            ("s3://another/one.csv", InvalidInputError, "in bucket 'another'"),
            (f"{site}/gone.csv", InvalidInputError, "answered 404"),
            (f"{site}/down.csv", SiteUnavailableError, "try again later"),
            ("https://dermnetnz.org/list.csv", InvalidInputError, "forbid training AI"),
            ("http://169.254.169.254/list.csv", InvalidInputError, "metadata"),
        ):
            with pytest.raises(error, match=said):
                await scraped("urls", store, SourceOptions(urls=where, minimum_images=1), **local)
        # a list that anybody may name is no way to what is local
        with pytest.raises(InvalidInputError, match="private or loopback"):
            await scraped("urls", store, SourceOptions(urls=f"{site}/lists/two.csv"))


async def test_a_listed_site_that_wants_no_visitors_costs_only_its_own(store: ObjectStore, tmp_path: Path) -> None:
    def site(robots: str) -> Handler:
        async def handler(request: web.Request) -> web.Response:
            return web.Response(text=robots) if request.path == "/robots.txt" else web.Response(body=picture(1))

        return handler

    table = tmp_path / "urls.csv"
    async with serving(site("")) as one, serving(site("User-agent: *\nCrawl-delay: 86400")) as two:
        table.write_text(f"url,label\n{one}/a,x\n{one}/b,y\n{two}/c,y\n")
        local = ",".join(url.removeprefix("http://") for url in (one, two))
        options = SourceOptions(urls=str(table), minimum_images=1)
        manifest = await scraped("urls", store, options, scraper_local_sites=local)
    assert len(manifest.images) == 2
    assert [(r.url, r.reason) for r in manifest.refusals] == [(f"{two}/c", "robots")]


@pytest.mark.parametrize("address", ["ftp://example.org/1.jpg", "1.jpg", "http://", "http://[::1"])
async def test_a_listed_address_that_is_none_is_bad_input(address: str, store: ObjectStore, tmp_path: Path) -> None:
    table = tmp_path / "urls.csv"
    table.write_text(f"url,label\nhttps://example.org/1.jpg,a\n{address},b\n")
    with pytest.raises(InvalidInputError, match="row 2: expected an address"):
        await scraped("urls", store, SourceOptions(urls=str(table)))
