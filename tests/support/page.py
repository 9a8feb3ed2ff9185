"""The page in Streamlit's own test driver."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from frontend.cli import PAGE

TIMEOUT_S = 30


def opened(name: str = "predict", **state: object) -> AppTest:
    """One of the pages as it is opened, with this in the session."""
    page = AppTest.from_file(str(PAGE), default_timeout=TIMEOUT_S)
    for key, value in state.items():
        page.session_state[key] = value
    page.run()
    if name != "predict":
        page.switch_page(str(Path("views") / f"{name}.py")).run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """All text on the page, bars included."""
    kinds = (page.title, page.header, page.subheader, page.markdown, page.caption, page.info, page.warning, page.error)
    elements = [*(element for kind in kinds for element in kind), *page.success]
    html = [html.proto.body for html in page.get("html")]
    return "\n".join([*(str(element.value) for element in elements), *html])


def click(page: AppTest, label: str) -> AppTest:
    """Click the button with this label."""
    button = next(button for button in page.button if button.label == label)
    button.click().run()
    assert not page.exception
    return page
