"""The queue of corrections: what people sent, accepted or dismissed by an admin."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from acneflow_client import Client
from frontend.data import words
from support.gateway import ADMIN_KEY
from support.page import click, said
from support.page_store import Shown
from support.photos import photo

Visit = Callable[..., AppTest]
CORRECTIONS = words.TABS[-1]


def queue(visit: Visit, key: str | None = None) -> AppTest:
    page = visit("data", key)
    page.session_state["data-tabs"] = CORRECTIONS
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize(("label", "decided"), [(words.ACCEPT, "accepted"), (words.DISMISS, "dismissed")])
def test_a_correction_is_decided_by_an_admin(visit: Visit, shown: Shown, label: str, decided: str) -> None:
    with Client(shown.gateway.url, api_key=ADMIN_KEY) as client:
        said_ = client.predict(photo())
        client.give_feedback(said_.prediction_id, None)
        page = queue(visit, ADMIN_KEY)
        assert words.QUEUE_NO_CLASS in said(page)
        assert words.QUEUE_NO_PICTURE in said(page)
        click(page, label)
        assert words.QUEUE_EMPTY in said(page)
        assert client.feedback(limit=1).items[0].status == decided


def test_corrections_are_for_admins(visit: Visit) -> None:
    page = queue(visit)
    assert words.QUEUE_NEEDED in said(page)
    assert words.ACCEPT not in [button.label for button in page.button]
