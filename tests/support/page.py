"""The page in Streamlit's own test driver."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from frontend.cli import PAGE
from frontend.ui import words as shared
from frontend.ui.connection import OWN

TIMEOUT_S = 60


def opened(name: str = "predict", *, key: str | None = None) -> AppTest:
    """One of the pages as it is opened.

    Args:
        name: of the page.
        key: sign in with it first.
    """
    page = AppTest.from_file(str(PAGE), default_timeout=TIMEOUT_S).run()
    if key is not None:
        page.text_input[0].input(key)
        click(page, shared.SIGN_IN)
    if name != "predict":
        page.switch_page(str(Path(name) / "page.py")).run()
    assert not page.exception, page.exception[0].value
    return page


def leave(page: AppTest) -> None:
    """End the visit, as a closed tab does: what the session alone held is gone."""
    if OWN in page.session_state:
        page.session_state[OWN].close()


def said(page: AppTest) -> str:
    """All text on the page, bars and tables included."""
    kinds = (page.title, page.header, page.subheader, page.markdown, page.caption, page.info, page.warning, page.error)
    elements = [*(element for kind in kinds for element in kind), *page.success]
    html = [html.proto.body for html in page.get("html")]
    return "\n".join([*(str(element.value) for element in elements), *html])


def click(page: AppTest, label: str) -> AppTest:
    """Click the button with this label."""
    button = next(button for button in page.button if button.label == label)
    button.click().run()
    assert not page.exception, page.exception[0].value
    return page
