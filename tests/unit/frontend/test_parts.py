"""The page's parts on their own, and the command that serves it."""

import os
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from acneflow_client import RankedClass
from contracts.taxonomy import Taxonomy
from frontend.predict.answer import class_bars, describe_condition
from frontend.predict.picture import SHOWN_PX, decode_png_url, heatmap_overlay, picture_urls, preview
from frontend.ui.text import escape_markdown, percent
from imaging import read_pixels
from stack.seaweedfs import free_ports
from support.photos import encoded, picture, quartered

COMMAND = str(Path(sys.executable).with_name("frontend"))
TOP_LEFT = tuple(tuple(float(row == column == 0) for column in range(7)) for row in range(7))


def test_the_map_covers_the_place_where_the_model_looked_and_no_other() -> None:
    drawn = np.asarray(heatmap_overlay(TOP_LEFT))
    assert drawn.shape[0] == drawn.shape[1]
    assert drawn[5, 5, 3] > 200
    assert (drawn[-40:, -40:, 3] == 0).all()


def test_what_the_browser_gives_back_is_what_the_model_saw() -> None:
    sent = encoded(quartered((500, 375)))
    given = picture_urls(sent)
    assert (read_pixels(decode_png_url(given.seen)) == read_pixels(sent)).all()
    assert decode_png_url("data:image/png;base64,!") == b""


def test_a_photo_is_shown_upright_and_small() -> None:
    sideways = picture(size=(3000, 1500))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert preview(encoded(sideways, exif=exif)).size == (SHOWN_PX // 2, SHOWN_PX)


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "> 99.9 %"), (0.9995, "> 99.9 %"), (0.5, "50.0 %"), (0.0004, "< 0.1 %")]
)
def test_nothing_is_certain_or_impossible(share: float, text: str) -> None:
    assert percent(share) == text


def test_a_classes_name_is_text_whatever_it_contains() -> None:
    html = class_bars([RankedClass(label="x", display_name="<script>alert(1)</script>", confidence=0.5)], sure=True)
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _attributes: tags.append(tag)  # type: ignore[method-assign, assignment]
    parser.feed(html)
    assert "script" not in tags
    assert escape_markdown("a*b_c $x$ :red[y]") == r"a\*b\_c \$x\$ \:red\[y\]"


def test_every_class_of_the_taxonomy_is_described_in_two_sentences() -> None:
    for each in Taxonomy.load().classes:
        sentences = describe_condition(each.name)
        assert sentences is not None, each.name
        assert len(re.findall(r"[.;] |[.]$", sentences.replace("; ", ", "))) == 2, each.name
    assert describe_condition("somebody-elses-class") is None


def test_the_command_serves_the_page_on_its_own_and_tells_nobody(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = {**os.environ, "ACNEFLOW_FRONTEND_PORT": str(port), "HOME": str(tmp_path)}
    process = subprocess.Popen([COMMAND], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not healthy(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        page = httpx.get(f"http://127.0.0.1:{port}/")
        assert page.status_code == 200
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=20)
    assert "usage statistics" not in output.lower()
    assert f"127.0.0.1:{port}" in output


def healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/_stcore/health").status_code == 200
    except httpx.HTTPError:
        return False


def test_a_wrong_setting_is_named() -> None:
    environment = {**os.environ, "ACNEFLOW_FRONTEND_PORT": "http"}
    done = subprocess.run([COMMAND], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "ACNEFLOW_FRONTEND_PORT: " in done.stderr
