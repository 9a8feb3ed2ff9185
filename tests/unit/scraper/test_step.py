"""The `scraper` command as Airflow runs it: exit codes, the result line, and stopping."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from contracts.snapshot import SnapshotManifest
from contracts.steps import RESULT_PREFIX, Exit
from objectstore import ObjectStore, load_document
from stack.seaweedfs import free_ports


async def started(*arguments: str, environment: dict[str, str]) -> Process:
    command = Path(sys.executable).with_name("scraper")
    return await asyncio.create_subprocess_exec(
        command, "run", *arguments, env=os.environ | environment, stdout=PIPE, stderr=PIPE
    )


async def ran(*arguments: str, environment: dict[str, str]) -> tuple[int | None, list[str], str]:
    process = await started(*arguments, environment=environment)
    out, err = await process.communicate()
    return process.returncode, out.decode().splitlines(), err.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(("birds", "birds", "cats", "cats")):
        out = BytesIO()
        Image.new("RGB", (64, 64), (10 * i, 50, 50)).save(out, "PNG")
        path = tmp_path / "photos" / name / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(out.getvalue())
    (tmp_path / "photos" / "cats" / "notes.txt").write_text("meow")
    return tmp_path / "photos"


async def test_a_scrape_ends_with_its_result_and_a_second_one_with_the_same_snapshot(
    folder: Path, store: ObjectStore, store_env: dict[str, str]
) -> None:
    results = []
    for _ in range(2):
        code, out, err = await ran("--source", "folder", "--folder", str(folder), environment=store_env)
        assert (code, err) == (Exit.DONE, "")
        results.append(json.loads(out[-1].removeprefix(RESULT_PREFIX)))
    first, second = results
    assert first | {"unchanged": True} == second
    assert first == {"snapshot": first["snapshot"], "images": 4, "refused": 1, "unchanged": False}
    assert len(load_document(store, first["snapshot"], SnapshotManifest).images) == 4


async def test_what_cant_work_ends_with_2_and_says_what_to_do(store_env: dict[str, str]) -> None:
    code, _, err = await ran("--source", "folder", environment=store_env)
    assert (code, err.count("\n")) == (Exit.INVALID, 1)
    assert "needs --folder PATH" in err
    nowhere = {"ACNEFLOW_STORE_ACCESS_KEY": "", "ACNEFLOW_SCRAPER_ATTEMPTS": "many", "ACNEFLOW_CONTACT": "a\nb: c"}
    code, _, err = await ran("--source", "sample", environment=store_env | nowhere)
    assert code == Exit.INVALID
    assert "ACNEFLOW_SCRAPER_ATTEMPTS" in err
    assert "ACNEFLOW_CONTACT" in err
    assert "Traceback" not in err


async def test_a_site_that_is_down_ends_with_1(store: ObjectStore, store_env: dict[str, str]) -> None:
    (port,) = free_ports(1)
    environment = store_env | {"ACNEFLOW_SCRAPER_ATTEMPTS": "1"}
    code, _, err = await ran("--source", "sample", "--site-url", f"http://127.0.0.1:{port}", environment=environment)
    assert (code, err.count("\n")) == (Exit.FAILED, 1)
    assert f"http://127.0.0.1:{port}/robots.txt can't be fetched" in err


@asynccontextmanager
async def endless_site() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A sample site of which every page is slow to come, and a signal that somebody waits for a picture."""
    asked = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        head = '<meta name="synthetic" content="true">'
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.path == "/images/Acne-and-Rosacea-Photos":
            return web.Response(text=f'{head}<a href="/images/Milia">Milia</a>', content_type="text/html")
        if request.path.startswith("/images/"):
            pictures = "".join(f'<a><img src="/dn2/allJPGThumb3/{i}.jpg"></a>' for i in range(20))
            return web.Response(text=f'{head}<div class="thumbnails">{pictures}</div>', content_type="text/html")
        asked.set()
        await asyncio.sleep(60)
        raise AssertionError

    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("")), asked


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGTERM, Exit.TERMINATED), (signal.SIGINT, 130)])
async def test_stopping_takes_less_than_5_s_and_publishes_nothing(
    store: ObjectStore, store_env: dict[str, str], stop: signal.Signals, code: int
) -> None:
    async with endless_site() as (url, asked):
        process = await started("--source", "sample", "--site-url", url, environment=store_env)
        await asyncio.wait_for(asked.wait(), 30)
        began = time.monotonic()
        process.send_signal(stop)
        out, err = await process.communicate()
        assert time.monotonic() - began < 5
    assert process.returncode == code
    assert "Traceback" not in err.decode()
    assert out.decode().endswith("stopped; nothing is published, and the same command goes on from here\n")
    assert [info.key for info in store.walk("")] == ["sources/sample/state.sqlite"]


def test_starting_imports_nothing_that_a_run_may_not_need() -> None:
    heavy = "botocore", "PIL", "numpy", "prometheus_client", "rich", "jinja2", "arro3"
    code = f"import sys, scraper.cli; print(*(name for name in {heavy} if name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "\n"
