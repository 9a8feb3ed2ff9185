"""What a person and a monitoring system see of a scrape."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from contracts import keys
from contracts.manifest import utc_now
from contracts.steps import InvalidInputError
from objectstore import ObjectStore
from scraper.crawl.crawler import Options
from scraper.crawl.scrape import Scrape, scrape
from scraper.crawl.stats import Stats
from scraper.report import write_report
from scraper.settings import ScraperSettings
from scraper.sources.catalogue import open_source
from scraper.sources.protocol import SourceOptions
from scraper.state import snapshot


def picture(shade: int) -> bytes:
    out = BytesIO()
    Image.new("RGB", (300, 200), (shade, 99, 50)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Birds", "<b>Cats</b>"):
        for i in range(5):
            path = tmp_path / "mine" / name.replace("/", "") / f"{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture(i + 10 * len(name)))
    (tmp_path / "mine" / "Birds" / "note.jpg").write_text("<svg onload=alert(1)>")
    return tmp_path / "mine"


async def scraped(folder: Path, store: ObjectStore, options: Options | None = None) -> Scrape:
    stats = Stats()
    settings = ScraperSettings()
    async with open_source("folder", settings, SourceOptions(folder), stats) as source:
        return await scrape(source, store, stats, settings.cache, options)


async def test_the_report_shows_images_refusals_and_what_changed(
    folder: Path, store: ObjectStore, tmp_path: Path
) -> None:
    first = await scraped(folder, store)
    page = tmp_path / "report.html"
    assert write_report(store, "folder", None, page, thumbnails=3) == first.uri
    html = page.read_text()
    assert "first snapshot" in html
    assert html.count("data:image/jpeg;base64,") == 2 * 3
    assert "Birds (5)" in html
    assert "&lt;b&gt;Cats" in html
    assert "<b>Cats" not in html
    assert re.search(r"<td>svg</td><td class=\"n\">1</td>", html)
    assert "http" not in re.sub(r"http-equiv|s3://\S+", "", html)  # it loads nothing

    (folder / "Birds" / "0.jpg").unlink()
    (folder / "Birds" / "new.jpg").write_bytes(picture(200))
    second = await scraped(folder, store)
    assert write_report(store, "folder", second.uri, page, thumbnails=0) == second.uri
    assert '<tr><td>birds</td><td class="n">1</td><td class="n">1</td></tr>' in page.read_text()
    assert "9 images are the same" in page.read_text()
    write_report(store, "folder", first.uri, page, thumbnails=0)
    assert "first snapshot" in page.read_text()


def test_there_is_no_report_of_what_isnt_there(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="has no snapshot"):
        write_report(store, "folder", None, tmp_path / "report.html", thumbnails=1)
    with pytest.raises(InvalidInputError, match="doesn't exist"):
        write_report(
            store, "folder", store.uri("sources/folder/snapshots/x/manifest.json"), tmp_path / "r", thumbnails=1
        )


async def test_two_scrapes_within_a_second_are_two_snapshots(
    folder: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = utc_now()
    monkeypatch.setattr(snapshot, "utc_now", lambda: second)
    first = (await scraped(folder, store)).uri
    (folder / "Birds" / "late.jpg").write_bytes(picture(200))
    later = (await scraped(folder, store)).uri
    assert [first, later] == [store.uri(keys.snapshot("folder", second + timedelta(seconds=n))) for n in (0, 1)]
    assert snapshot.latest(store, "folder") == later


async def test_a_snapshot_has_a_summary_and_metrics_beside_it(folder: Path, store: ObjectStore, tmp_path: Path) -> None:
    result = await scraped(folder, store, Options(metrics_file=tmp_path / "scraper.prom"))
    at = keys.parse_uri(result.uri).folder
    summary = json.loads(store.get(f"{at}/summary.json").body)
    assert (summary["images"], summary["refused_by_reason"]) == (10, {"svg": 1})
    assert summary["images_by_class"] == {"b-cats-b": 5, "birds": 5}
    for text in (store.get(f"{at}/metrics.prom").body.decode(), (tmp_path / "scraper.prom").read_text()):
        samples = {
            (sample.name, sample.labels.get("reason")): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        assert samples["scraper_images", None] == 10
        assert samples["scraper_refused", "svg"] == 1
        assert samples["scraper_read_bytes", None] > 10_000


def test_a_terminal_gets_a_live_table_and_a_pipe_plain_lines(
    folder: Path, store: ObjectStore, store_env: dict[str, str]
) -> None:
    command = [str(Path(sys.executable).with_name("scraper")), "run", "--source", "folder", "--folder", str(folder)]
    piped = subprocess.run(command, env=os.environ | store_env, capture_output=True, check=True).stdout
    assert b"\x1b[" not in piped
    assert b"0 pages, 10 images" in piped
    shutil.rmtree(folder / "Birds")
    (folder / "Birds").mkdir()
    for i in range(40):
        (folder / "Birds" / f"{i}.jpg").write_bytes(picture(i))

    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=os.environ | store_env | {"TERM": "xterm"}, stdout=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    assert b"\x1b[" in shown
    assert b"::result::" in shown.splitlines()[-1]
