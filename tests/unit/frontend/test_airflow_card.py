"""The state of Airflow on the page: stopped, started by an admin, running; the gateway is a stand-in here."""

from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from acneflow_client import AirflowPart, AirflowState
from frontend.training import airflow as airflow_card
from frontend.training import words
from support.page import click, said


@dataclass
class Door:
    """The gateway's word on an Airflow that starts when it is told to."""

    running: bool = False
    started: int = 0

    def airflow(self) -> AirflowState:
        part = AirflowPart(name="scheduler", state="running" if self.running else "stopped", detail="ended")
        return AirflowState(running=self.running, sentence="Airflow says so.", parts=(part,))

    def start_airflow(self) -> AirflowState:
        self.running, self.started = True, self.started + 1
        return self.airflow()


def card() -> None:
    """What `AppTest` runs."""
    from frontend.training.airflow import show_airflow

    show_airflow()


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    door = Door()
    monkeypatch.setattr(airflow_card, "gateway", lambda: door)
    return door


def test_a_stopped_airflow_is_started_by_an_admin(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airflow_card, "signed_in", lambda: True)
    page = AppTest.from_function(card, default_timeout=60).run()
    assert not page.get("link_button")
    assert "stopped" in said(page)
    click(page, words.AIRFLOW_START)
    assert door.started == 1
    assert not page.button
    assert page.get("link_button")


def test_a_visitor_sees_that_airflow_is_stopped_but_cannot_start_it(door: Door) -> None:
    page = AppTest.from_function(card, default_timeout=60).run()
    assert not page.button
    assert "Airflow says so" in said(page)
    assert door.started == 0
