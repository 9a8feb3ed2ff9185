"""A gateway that is slow, busy, strict, restarting or away: a calm word, and recovery without a reload."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from frontend.predict import words
from frontend.ui import words as shared
from support.moody_gateway import Mood, MoodyGateway
from support.page_server import running_page
from support.photos import photo

from .conftest import Visit, settle

FILE = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}


def upload(page: Page) -> None:
    page.locator('input[type="file"]').set_input_files(FILE)  # type: ignore[arg-type]


def mark(page: Page) -> None:
    """Anything that reloads the page loses this."""
    page.evaluate("window.neverReloaded = true")


def answered(page: Page) -> None:
    page.get_by_role("button", name=words.AGAIN).wait_for()
    assert page.evaluate("window.neverReloaded")
    expect(page.get_by_role("heading", level=2).first).to_be_visible()


@pytest.mark.parametrize(("mood", "title"), [("busy", shared.BUSY_TITLE), ("restarting", shared.AWAY_TITLE)])
def test_a_photo_waits_for_a_gateway_that_cannot_answer_yet(
    visit: Visit, moody: MoodyGateway, screenshots: Path, mood: Mood, title: str
) -> None:
    page = visit()
    mark(page)
    moody.mood = mood
    upload(page)
    page.get_by_text(title).wait_for()
    settle(page)
    page.screenshot(path=screenshots / f"gateway-{mood}.png")
    moody.mood = "well"
    answered(page)
    expect(page.get_by_text(title)).to_have_count(0)


def test_a_slow_gateway_is_waited_for_with_a_word(visit: Visit, moody: MoodyGateway) -> None:
    page = visit()
    mark(page)
    moody.mood = "slow"
    upload(page)
    page.get_by_text(words.ASKING).wait_for()
    answered(page)


def test_a_gateway_that_wants_a_key_gets_one(visit: Visit, moody: MoodyGateway, screenshots: Path) -> None:
    page = visit()
    mark(page)
    moody.mood = "strict"
    upload(page)
    page.get_by_text(shared.SIGN_IN_NEEDED).wait_for()
    settle(page)
    page.screenshot(path=screenshots / "gateway-strict.png")
    moody.mood = "well"
    page.locator("input[type=password]").last.fill("a-key")
    page.locator("input[type=password]").last.press("Enter")
    answered(page)


@pytest.mark.parametrize("name", ["predict", "model", "training", "data", "about"])
def test_every_page_is_calm_without_a_gateway(
    visit: Visit, chromium: object, tmp_path: Path, screenshots: Path, name: str
) -> None:
    with running_page("http://127.0.0.1:9", tmp_path / "log") as server:
        page = chromium.new_page()  # type: ignore[attr-defined]
        page.goto(f"{server.url}/{'' if name == 'predict' else name}")
        page.get_by_text(shared.AWAY_TITLE).first.wait_for()
        settle(page)
        page.screenshot(path=screenshots / f"gateway-away-{name}.png")
        page.close()
