"""Every state of the page, over a real gateway and a real model server; the browser is Streamlit's own test driver."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from acneflow_client import Decision
from frontend import words
from frontend.cli import PAGE
from stack.seaweedfs import free_ports
from support.gateway import PRODUCTION, Backend, Gateway, running_gateway
from support.photos import CONFIDENT_RGB, UNCERTAIN_RGB, UNSUPPORTED_RGB, photo

TIMEOUT_S = 30


@pytest.fixture
def page(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page as it is opened."""
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", gateway.url)
    return opened()


def opened() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=TIMEOUT_S).run()
    assert not page.exception
    return page


def upload(page: AppTest, data: bytes, name: str = "photo.jpg") -> AppTest:
    page.file_uploader[0].set_value((name, data, "image/jpeg")).run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """All text on the page, bars included."""
    elements = [*page.markdown, *page.header, *page.caption, *page.info, *page.warning, *page.error]
    return "\n".join([*(str(element.value) for element in elements), *(html.proto.body for html in page.get("html"))])


def test_an_opened_page_tells_what_to_expect_and_that_it_is_ready(page: AppTest) -> None:
    text = said(page)
    assert words.HINT in text
    for expected in words.EXPECT.values():
        assert expected in text
    assert words.NOT_A_DIAGNOSIS in text
    assert f"Ready: acne version {PRODUCTION} is in production" in text


def test_a_confident_answer_names_the_class_with_its_numbers_and_its_origin(page: AppTest) -> None:
    text = said(upload(page, photo(CONFIDENT_RGB)))
    assert page.header[0].value.startswith("Most like Rosacea")
    assert words.MEANING[Decision.CONFIDENT] in text
    assert words.CLASSES in text
    assert text.count('role="listitem"') == 3
    assert text.count("fill weak") == 2
    assert "94.0 %" in text
    assert words.NOT_A_DIAGNOSIS in text
    assert words.SYNTHETIC_MEANING in text
    assert f"acne version {PRODUCTION}, trained on" in text


def test_an_uncertain_answer_lets_no_class_stand_out(page: AppTest) -> None:
    text = said(upload(page, photo(UNCERTAIN_RGB)))
    assert words.MEANING[Decision.UNCERTAIN] in text
    assert words.CLASSES_WEIGHED in text
    assert words.CLASSES not in text
    assert text.count("fill weak") == text.count('role="listitem"') == 3


def test_an_unsupported_photo_gets_no_label_no_number_and_no_map(page: AppTest) -> None:
    text = said(upload(page, photo(UNSUPPORTED_RGB)))
    assert words.MEANING[Decision.UNSUPPORTED] in text
    assert "listitem" not in text
    assert "Rosacea" not in text
    assert not page.toggle


def test_the_map_is_shown_when_asked_for_without_asking_the_model_again(page: AppTest, gateway: Gateway) -> None:
    upload(page, photo(CONFIDENT_RGB))
    without_map, asked = page.image[0].value, predictions(gateway)
    page.toggle[0].set_value(True).run()
    assert words.MAP_CAPTION in said(page)
    assert page.image[0].value != without_map
    page.slider[0].set_value(0).run()
    assert page.image[0].value == without_map
    assert predictions(gateway) == asked
    assert not page.exception


def predictions(gateway: Gateway) -> int:
    return gateway.log.read_text().count('"path": "/v1/predict"')


@pytest.mark.parametrize(("data", "why"), [(photo()[:-200], "damaged"), (b"GIF89a", "JPEG, PNG or WebP")])
def test_a_refused_photo_says_why_and_what_to_do(page: AppTest, data: bytes, why: str) -> None:
    upload(page, data)
    assert words.REFUSED in page.error[0].value
    assert why in page.error[0].value
    assert not page.header


def test_taking_the_photo_away_takes_the_answer_away(page: AppTest) -> None:
    upload(page, photo())
    page.file_uploader[0].set_value(None).run()
    assert words.HINT in said(page)
    assert not page.header
    assert "outcome" not in page.session_state


def test_a_gateway_that_is_away_is_a_calm_message_and_its_return_an_answer(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", f"http://127.0.0.1:{port}")
    page = opened()
    assert words.AWAY_TITLE in page.info[0].value
    upload(page, photo())
    assert words.AWAY_TITLE in page.info[0].value
    assert not page.error
    with running_gateway(backend.environment, tmp_path / "log", until="/readyz", port=port):
        page.button[0].click().run()
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
        assert words.AWAY_TITLE in page.info[0].value
        assert "The model server doesn" in page.info[0].value


def test_something_that_is_no_gateway_is_a_fault(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", str(backend.store.store_endpoint))
    page = upload(opened(), photo())
    assert words.FAULT in page.error[0].value
