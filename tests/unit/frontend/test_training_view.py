"""Training: starting a run, watching it, and what came of earlier ones; Airflow is a stand-in on a real socket."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from frontend.training import words
from frontend.ui import words as shared
from support.airflow_stand_in import TASKS, AirflowStandIn
from support.gateway import ADMIN_KEY
from support.page import click, said

Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def fresh(airflow: AirflowStandIn) -> None:
    airflow.runs.clear()
    airflow.instances.clear()
    airflow.known = True


def started(visit: Visit) -> AppTest:
    page = visit("training", ADMIN_KEY)
    assert words.NO_RUNS in said(page)
    return click(page, words.START_NOW)


def test_a_run_is_started_with_the_parameters_of_the_form(visit: Visit, airflow: AirflowStandIn) -> None:
    page = visit("training", ADMIN_KEY)
    field(page.selectbox, "source").set_value("folder")
    field(page.text_input, "folder").set_value("/data/photos")
    field(page.number_input, "epochs").set_value(7)
    field(page.checkbox, "force").set_value(True)
    click(page, words.START_NOW)
    (run,) = airflow.runs.values()
    conf = run["conf"]
    assert (conf["source"], conf["folder"], conf["epochs"], conf["force"]) == ("folder", "/data/photos", 7, True)


def field(widgets: Any, name: str) -> Any:
    return next(widget for widget in widgets if widget.key == f"run-{name}")


def test_a_run_is_followed_step_by_step(visit: Visit, airflow: AirflowStandIn) -> None:
    page = started(visit)
    (run,) = airflow.runs
    assert [f">{task.capitalize()}<" in said(page) for task in TASKS] == [True] * len(TASKS)
    airflow.end(run, "scrape", "success", {"images": 900})
    airflow.begin(run, "prepare")
    page.run()
    text = said(page)
    assert 'class="step done"' in text
    assert 'class="step running"' in text
    assert page.get("progress")
    airflow.runs[run] |= {"state": "failed", "start_date": "2026-01-01T12:00:00Z", "end_date": "2026-01-01T12:01:00Z"}
    airflow.end(run, "prepare", "failed")
    airflow.logs[run, "prepare", 1] = [{"timestamp": "2026-01-01T12:00:01Z", "event": "error: no images"}]
    page.run()
    text = said(page)
    assert 'class="step failed"' in text
    assert words.OUTCOMES["failed"] in text
    assert "1 min 0 s" in text
    assert any("error: no images" in code.value for code in page.code)
    assert words.RUN_HISTORY_HEADS[-1] in text


def test_a_run_is_cancelled_only_after_a_second_word(visit: Visit, airflow: AirflowStandIn) -> None:
    page = started(visit)
    (run,) = airflow.runs
    airflow.begin(run, "scrape")
    page.run()
    click(page, words.CANCEL)
    page.run()  # it draws itself again every two seconds; the question stays
    assert words.CONFIRM_CANCEL in said(page)
    click(page, shared.LEAVE_IT)
    assert words.CONFIRM_CANCEL not in said(page)
    assert airflow.runs[run]["state"] == "running"
    click(page, words.CANCEL)
    click(page, shared.DO_IT)
    assert airflow.runs[run]["state"] == "failed"


def test_a_visitor_may_watch_but_not_start(visit: Visit) -> None:
    page = visit("training")
    assert words.START_NEEDED in said(page)
    assert not [button for button in page.button if button.label == words.START_NOW]
