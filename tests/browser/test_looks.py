"""Every page as people see it: pictures of it for people to look at, axe-core's judgement, and letters one can read."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from acneflow_client import Decision
from frontend.batch import words as batch_words
from frontend.model import words as model_words
from frontend.ui import words as shared
from support.gateway import ADMIN_KEY, CANDIDATE
from support.photos import CONFIDENT_RGB, UNCERTAIN_RGB, UNSUPPORTED_RGB, photo

from .conftest import Visit, settle
from .test_predict import upload

LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 390)}
UNSURE = {
    "uncertain": (Decision.UNCERTAIN, UNCERTAIN_RGB),
    "unsupported": (Decision.UNSUPPORTED, UNSUPPORTED_RGB),
}
SMALLEST_PX = 14
TOO_SMALL = """(smallest) => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      const style = getComputedStyle(element);
      const icon = element.dataset.testid === "stIconMaterial" || style.fontFamily.includes("Material");
      const seen = element.checkVisibility?.() && !element.closest("style, script, .unseen, caption, noscript");
      if (text && seen && !icon && parseFloat(style.fontSize) < smallest)
        found.push(`${style.fontSize} ${element.tagName} ${element.textContent.trim().slice(0, 60)}`);
    }
  };
  look(document.body);
  return found;
}"""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "name", ["predict", "answer", "uncertain", "unsupported", "batch", "model", "training", "data", "about"]
)
def test_a_page_can_be_read_by_everybody(
    visit: Visit, repository: Path, screenshots: Path, name: str, look: str
) -> None:
    theme, width = LOOKS[look]
    page = shown(visit, name, theme, width)
    whole(page, width)
    page.screenshot(path=screenshots / f"{name}-{look}.png")
    assert page.evaluate(TOO_SMALL, SMALLEST_PX) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert violations(page, repository) == []


def shown(visit: Visit, name: str, theme: str, width: int) -> Page:
    if name == "answer":
        page = visit(theme=theme, width=width)
        upload(page)
        return page
    if name in UNSURE:
        decision, colour = UNSURE[name]
        page = visit(theme=theme, width=width)
        upload(page, photo(colour))
        expect(page.get_by_text(shared.BADGES[decision].name).first).to_be_visible()
        return page
    page = visit(name, theme=theme, width=width, key=ADMIN_KEY if name in {"training", "data"} else None)
    if name == "batch":
        photos = {"sure.jpg": photo(CONFIDENT_RGB), "green.jpg": photo(UNSUPPORTED_RGB), "broken.jpg": b"GIF89a"}
        files = [{"name": file, "mimeType": "image/jpeg", "buffer": data} for file, data in photos.items()]
        page.locator('input[type="file"]').set_input_files(files)  # type: ignore[arg-type]
        page.get_by_role("button", name=batch_words.AGAIN).wait_for()
        settle(page)
    if name == "model":
        choice = page.get_by_role("combobox", name=model_words.CHOOSE_OTHER)
        choice.scroll_into_view_if_needed()  # a list closes while the page scrolls
        settle(page)
        choice.click()
        page.get_by_role("option", name=model_words.VERSION.format(number=CANDIDATE)).click()
        settle(page)
    return page


def whole(page: Page, width: int) -> None:
    """Make the window as high as the page, so that one picture holds all of it, and wait for its fonts.

    Before the icons' font is there, axe-core takes an icon's name for visible text.
    """
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, 900), 4000)})
    page.wait_for_timeout(700)
    page.evaluate("document.fonts.ready.then(() => true)")


def violations(page: Page, repository: Path) -> list[str]:
    """What axe-core calls serious or critical, with the first element of each."""
    (axe,) = (repository / ".tools").glob("axe-core-*.min.js")
    page.evaluate(axe.read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {each['help']} {each['nodes'][0]['target']} {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
