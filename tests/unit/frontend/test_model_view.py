"""Model: what it shows of versions and of two beside each other, and what only admins may do."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from acneflow_client import Client, Drift
from contracts import keys
from contracts.models.channels import Channels
from frontend.model import words
from frontend.ui import words as shared
from objectstore import read_document
from support.gateway import ADMIN_KEY, CANDIDATE, PRODUCTION
from support.page import click, opened, said
from support.page_store import Shown

Visit = Callable[..., AppTest]


def alts(page: AppTest) -> str:
    return "\n".join(chart.proto.alt for chart in page.get("vega_lite_chart"))


def tab(page: AppTest, name: str) -> AppTest:
    page.session_state["model-tabs"] = name
    page.run()
    assert not page.exception
    return page


def drift(shown: Shown) -> Drift:
    with Client(shown.gateway.url) as client:
        return client.drift("acne")


def test_channels_versions_and_their_figures_are_told(visit: Visit, shown: Shown) -> None:
    page = visit("model")
    drifts = [drift(shown)]
    text = "".join(said(tab(page, name)) for name in words.TABS)
    for number, channel in ((PRODUCTION, "production"), (CANDIDATE, "candidate")):
        assert f"Version {number}" in text
        assert channel in text
    assert "0.900 [0.800, 0.950]" in text
    assert "97 %" in text  # confident answers that are right
    assert "macro-F1 0.900 is at least 0.600" in text
    assert "Monk 8-10" in text
    assert words.TOO_FEW in text
    assert "blurred, 2 px" in text
    assert "50 pictures of something else" in text
    assert "9.4 MB" in text
    assert "10.4 ms" in text
    assert words.ADMIN_NEEDED in text
    drifts.append(drift(shown))
    assert any(f"Version {PRODUCTION}, {each.predictions:,} predictions" in text for each in drifts)


def test_charts_say_in_words_what_they_draw(visit: Visit) -> None:
    page = visit("model")
    told = "".join(alts(tab(page, name)) for name in words.TABS[:4])
    assert "36 of 39 test images on the diagonal" in told
    assert "expected calibration error 0.040 after calibration, 0.110 before" in told
    assert "answering everything, 10 % are wrong; answering the surest half, 5 %" in told


def test_two_versions_stand_beside_each_other(visit: Visit) -> None:
    page = visit("model")
    page.selectbox[1].set_value(CANDIDATE).run()
    assert not page.exception
    text = said(page)
    assert f'<th scope="col">Version {PRODUCTION}</th><th scope="col">Version {CANDIDATE}</th>' in text
    assert "+0.000" in text
    assert f"against version {PRODUCTION}" in text
    assert words.CONFUSION_TITLE.format(number=CANDIDATE) in said(tab(page, "Confusion"))


def test_a_move_is_confirmed_with_a_reason_and_then_done(visit: Visit, shown: Shown) -> None:
    page = visit("model", ADMIN_KEY)
    click(page, words.PROMOTE.format(number=CANDIDATE))
    assert words.CONFIRM_PROMOTE.format(number=CANDIDATE, production=PRODUCTION) in said(page)
    assert next(button for button in page.button if button.label == shared.DO_IT).disabled
    page.text_input[-1].input("better on darker skin").run()
    click(page, shared.DO_IT)
    assert words.MOVED.format(production=CANDIDATE, candidate=shared.NONE) in said(page)
    channels = read_document(shown.store, keys.channels("acne"), Channels)
    assert channels.production == CANDIDATE
    assert "better on darker skin" in channels.history[-1].reason
    click(page, words.ROLL_BACK.format(number=PRODUCTION))
    page.text_input[-1].input("it wasn't").run()
    click(page, shared.DO_IT)
    assert read_document(shown.store, keys.channels("acne"), Channels).production == PRODUCTION
    shown.store.put(
        keys.channels("acne"), channels.with_production(PRODUCTION, "back").with_candidate(CANDIDATE, "again").to_json()
    )


def test_the_candidates_share_is_set_after_a_second_word(visit: Visit) -> None:
    page = visit("model", ADMIN_KEY)
    page.slider[0].set_value(20)
    page.selectbox[-1].set_value("shadow").run()
    click(page, words.TRAFFIC_SET)
    click(page, shared.DO_IT)
    done = words.TRAFFIC_DONE.format(mode=words.TRAFFIC_MODES["shadow"], share="20 %")
    assert done in said(page)
    assert (page.slider[0].value, page.selectbox[-1].value) == (20, "shadow")


def test_a_key_that_is_no_admins_is_told_so(visit: Visit) -> None:
    page = visit("model", "acne-not-a-key")
    assert shared.KEY_REFUSED_TITLE in said(page)
    click(page, shared.SIGN_OUT)
    assert shared.KEY_REFUSED_TITLE not in said(page)


def test_without_a_gateway_the_page_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", "http://127.0.0.1:9")
    for name in ("model", "training", "data", "about"):
        page = opened(name)
        assert shared.AWAY_TITLE in said(page)
        assert not page.error
