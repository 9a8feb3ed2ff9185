"""Predict, in every state, over a real gateway and a real model server; the browser is Streamlit's own test driver."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from acneflow_client import Decision
from frontend.predict import words
from frontend.ui import words as shared
from stack.seaweedfs import free_ports
from support.gateway import PRODUCTION, Backend, Gateway, running_gateway
from support.page import click, opened, said
from support.photos import CONFIDENT_RGB, UNCERTAIN_RGB, UNSUPPORTED_RGB, heic, photo, quartered


@pytest.fixture
def page(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page as it is opened."""
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", gateway.url)
    return opened()


def upload(page: AppTest, data: bytes, name: str = "photo.jpg") -> AppTest:
    page.file_uploader[0].set_value((name, data, "image/jpeg")).run()
    assert not page.exception
    return page


def picture(page: AppTest) -> dict[str, object]:
    """What the browser is given."""
    (component,) = page.get("bidi_component")
    data: dict[str, object] = json.loads(component.proto.json)
    return data


def test_an_opened_page_tells_what_to_expect_and_that_it_is_ready(page: AppTest) -> None:
    text = said(page)
    assert words.LEAD in text
    for expected in words.EXPECT.values():
        assert expected in text
    assert shared.NOT_A_DIAGNOSIS in text
    assert words.PRIVACY in text
    assert f"Ready: acne version {PRODUCTION} is in production" in text


def test_a_confident_answer_names_the_class_with_its_numbers_and_its_origin(page: AppTest) -> None:
    text = said(upload(page, photo(CONFIDENT_RGB)))
    assert page.header[0].value.startswith("Most like Milia")
    assert words.MEANING[Decision.CONFIDENT] in text
    assert words.CLASSES in text
    assert text.count('role="listitem"') == 4
    assert text.count("fill weak") == 3
    assert "94.0 %" in text
    assert "over the 4 classes this model knows" in text
    assert shared.NOT_A_DIAGNOSIS in text
    assert words.SYNTHETIC_MEANING in text
    assert f"acne version {PRODUCTION}, trained on" in text


def test_an_answer_tells_what_the_condition_is_and_when_not_to_wait(page: AppTest) -> None:
    text = said(upload(page, photo(CONFIDENT_RGB)))
    assert "What is Milia?" in text
    assert "Milia are tiny, firm, white cysts" in text
    assert words.WHEN in text


def test_an_uncertain_answer_lets_no_class_stand_out(page: AppTest) -> None:
    text = said(upload(page, photo(UNCERTAIN_RGB)))
    assert words.MEANING[Decision.UNCERTAIN] in text
    assert words.CLASSES_WEIGHED in text
    assert words.CLASSES not in text
    assert text.count("fill weak") == text.count('role="listitem"') == 4


def test_an_unsupported_photo_gets_no_label_no_number_and_no_map(page: AppTest) -> None:
    text = said(upload(page, photo(UNSUPPORTED_RGB)))
    assert words.MEANING[Decision.UNSUPPORTED] in text
    assert "listitem" not in text
    assert "Milia" not in text
    assert picture(page)["map"] is None


def test_the_picture_is_handed_to_the_browser_once_and_then_forgotten(page: AppTest) -> None:
    given = picture(upload(page, photo(CONFIDENT_RGB)))
    for part, kind in (("shown", "jpeg"), ("seen", "png"), ("map", "png")):
        assert str(given[part]).startswith(f"data:image/{kind};base64,")
    page.run()
    assert page.header[0].value.startswith("Most like")
    assert [picture(page)[part] for part in ("shown", "seen", "map")] == [None] * 3
    assert "photo" not in page.session_state
    assert "upload-0" not in page.session_state


def test_an_answer_is_asked_for_once(page: AppTest, gateway: Gateway) -> None:
    upload(page, photo(CONFIDENT_RGB))
    asked = predictions(gateway)
    page.run()
    assert predictions(gateway) == asked


def predictions(gateway: Gateway) -> int:
    return gateway.log.read_text().count('"path": "/v1/predict"')


def test_an_example_is_answered_like_a_photo(page: AppTest) -> None:
    page.segmented_control[0].set_value("example").run()
    assert words.EXAMPLES_ARE_DRAWN in said(page)
    click(page, words.EXAMPLES["landscape"][0])
    assert page.header
    assert shared.NOT_A_DIAGNOSIS in said(page)


def test_the_camera_is_a_way_in(page: AppTest) -> None:
    page.segmented_control[0].set_value("camera").run()
    assert page.get("camera_input")[0].proto.label == words.CAMERA
    assert not page.file_uploader


@pytest.mark.parametrize(("data", "why"), [(photo()[:-200], "damaged"), (b"GIF89a", "JPEG, PNG")])
def test_a_refused_photo_says_why_and_lets_choose_another(page: AppTest, data: bytes, why: str) -> None:
    upload(page, data)
    assert shared.REFUSED in page.error[0].value
    assert why in page.error[0].value
    assert not page.header
    assert page.session_state["outcome"].__traceback__ is None  # whose frames would keep the photo
    assert upload(page, photo()).header


def test_another_photo_takes_the_answer_away(page: AppTest) -> None:
    click(upload(page, photo()), words.AGAIN)
    assert words.LEAD in said(page)
    assert not page.header
    assert "outcome" not in page.session_state


def test_a_gateway_that_is_away_is_a_calm_message_and_its_return_an_answer(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", f"http://127.0.0.1:{port}")
    page = opened()
    assert shared.AWAY_TITLE in page.info[0].value
    upload(page, photo())
    assert shared.AWAY_TITLE in page.info[0].value
    assert not page.error
    with running_gateway(backend.environment, tmp_path / "log", until="/readyz", port=port):
        click(page, shared.RETRY)
        assert page.header[0].value.startswith("Most like")
        assert not page.info


def test_a_model_server_that_is_away_is_a_calm_message_too(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    environment = {**backend.environment, "ACNEFLOW_SERVING_ADDRESS": f"127.0.0.1:{port}"}
    with running_gateway(environment, tmp_path / "log") as gateway:
        monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", gateway.url)
        page = upload(opened(), photo())
        assert shared.AWAY_TITLE in page.info[0].value
        assert "The model server doesn" in page.info[0].value


def test_something_that_is_no_gateway_is_a_fault(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", str(backend.store.store_endpoint))
    page = upload(opened(), photo())
    assert shared.FAULT in page.error[0].value


def test_a_heic_photo_may_be_chosen_is_answered_and_shown(page: AppTest) -> None:
    assert {".heic", ".heif"} <= set(page.file_uploader[0].proto.type)
    given = picture(upload(page, heic(quartered()), "IMG_1.heic"))
    assert page.header
    assert str(given["shown"]).startswith("data:image/jpeg;base64,")
