"""Data and About: the dataset in figures and pictures, and what stands there without one."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from frontend.about import words as about_words
from frontend.data import words as data_words
from frontend.ui import words as shared
from support.gateway import ADMIN_KEY, PRODUCTION
from support.page import said

Visit = Callable[..., AppTest]


def tab(page: AppTest, name: str) -> AppTest:
    page.session_state["data-tabs"] = name
    page.run()
    assert not page.exception
    return page


def test_the_dataset_is_told_in_figures(visit: Visit) -> None:
    page = visit("data")
    text = "".join(said(tab(page, name)) for name in data_words.TABS)
    page = tab(page, data_words.TABS[0])
    assert [metric.value for metric in page.metric] == ["120", "60", "4", "1"]
    assert "too small" in text
    assert "3 images, 30 are needed" in text
    assert "7 pictures were seen more than once" in text
    assert "Monk 3" in text
    assert shared.DRIFT_OTHER in text
    assert "no group crosses a split" in text
    assert page.get("vega_lite_chart")[0].proto.alt.startswith("Images by class and split.")


def test_pictures_are_for_admins_and_blurred_in_the_browser(visit: Visit) -> None:
    assert not tab(visit("data"), "Pictures").get("bidi_component")
    page = visit("data", ADMIN_KEY)
    for name in ("Pictures", "Duplicates"):
        (gallery,) = tab(page, name).get("bidi_component")
        assert "data:image/jpeg;base64," in gallery.proto.json
        assert shared.GALLERY["show"] in gallery.proto.json


def test_about_tells_purpose_limits_privacy_licences_and_the_card(visit: Visit) -> None:
    text = said(visit("about"))
    for part in (about_words.PURPOSE, about_words.LIMITS, about_words.PRIVACY_TEXT, about_words.LICENCES):
        assert part.strip() in text
    assert shared.NOT_A_DIAGNOSIS in text
    assert f"version in production \\({PRODUCTION}\\)" in text
