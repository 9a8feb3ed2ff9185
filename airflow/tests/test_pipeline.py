"""The training pipeline as Airflow reads it: what it consists of, and what it refuses."""

import string
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, CronTriggerTimetable
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction

AIRFLOW = Path(__file__).resolve().parents[1]
STEPS = ["scrape", "prepare", "train", "evaluate", "promote", "verify"]


def load() -> DagBag:
    return DagBag(AIRFLOW / "dags")


@pytest.fixture
def pipeline() -> DAG:
    return load().dags["CNN-Training-Pipeline"]


def test_every_dag_loads() -> None:
    bag = load()
    assert bag.import_errors == {}
    assert list(bag.dags) == ["CNN-Training-Pipeline"]


def test_its_steps_follow_each_other(pipeline: DAG) -> None:
    assert pipeline.task_ids == STEPS
    for step, following in pairwise(STEPS):
        assert pipeline.get_task(step).downstream_task_ids == {following}


def test_one_run_at_a_time_and_no_past_ones(pipeline: DAG) -> None:
    assert pipeline.max_active_runs == 1
    assert not pipeline.catchup


def test_every_step_says_what_it_does_and_has_a_timeout(pipeline: DAG) -> None:
    for task in pipeline.tasks:
        assert task.doc_md
        assert task.execution_timeout


def test_a_tasks_token_outlives_its_longest_step(pipeline: DAG) -> None:
    settings = dict(line.split("=", 1) for line in (AIRFLOW / "embedded.env").read_text().splitlines() if "=" in line)
    token = timedelta(seconds=int(settings["AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME"]))
    assert token > max(task.execution_timeout or timedelta.max for task in pipeline.tasks)


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "internet"},
        {"source": None},
        {"folder": "photos"},
        {"folder": 3},
        {"seed": -1},
        {"seed": "seven"},
        {"seed": None},
        {"epochs": 0},
        {"epochs": 2.5},
        {"force": "yes"},
    ],
    ids=str,
)
def test_params_refuse_nonsense(pipeline: DAG, wrong: dict[str, object]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ParamValidationError):
        pipeline.params.get_param(name).resolve(value)


def test_params_take_what_makes_sense(pipeline: DAG) -> None:
    pipeline.params.update({"source": "folder", "folder": "/photos", "seed": 7, "epochs": 3, "force": True})
    pipeline.params.validate()


def test_every_param_is_explained(pipeline: DAG) -> None:
    for name in pipeline.params:
        param = pipeline.params.get_param(name)
        assert param.description
        assert param.schema["title"]


@pytest.mark.parametrize(("schedule", "cron"), [("", "0 0 * * 0"), ("@daily", "0 0 * * *"), ("5 4 * * 1", "5 4 * * 1")])
def test_the_schedule_is_a_setting_and_weekly_by_default(
    schedule: str, cron: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACNEFLOW_SCHEDULE", schedule)
    timetable = load().dags["CNN-Training-Pipeline"].timetable
    assert isinstance(timetable, CronTriggerTimetable)
    assert timetable.expression == cron


def test_it_can_run_by_hand_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACNEFLOW_SCHEDULE", "none")
    assert not load().dags["CNN-Training-Pipeline"].timetable.can_be_scheduled


def test_switching_it_on_starts_no_run_of_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    monkeypatch.setenv("ACNEFLOW_SCHEDULE", f"{a_minute_ago:%M %H} * * *")
    timetable = coerce_to_core_timetable(load().dags["CNN-Training-Pipeline"].timetable)
    restriction = TimeRestriction(earliest=None, latest=None, catchup=False)
    first = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert first is not None
    assert first.run_after > datetime.now(UTC)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ACNEFLOW_STEP_SETTING", "kubernetes"), ("ACNEFLOW_SCHEDULE", "sometimes"), ("ACNEFLOW_STEP_RETRY_DELAY_S", "0")],
)
def test_a_setting_that_makes_no_sense_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    bag = load()
    assert not bag.dags
    assert value in " ".join(bag.import_errors.values())


def test_the_embedded_environment_has_no_other_gaps_than_those_it_explains() -> None:
    text = (AIRFLOW / "embedded.env").read_text()
    gaps = set(string.Template(text).get_identifiers())
    assert gaps == {
        "AIRFLOW_HOME",
        "ACNEFLOW_AIRFLOW",
        "ACNEFLOW_AIRFLOW_PORT",
        "ACNEFLOW_AIRFLOW_USERNAME",
        "ACNEFLOW_AIRFLOW_JWT_SECRET",
        "ACNEFLOW_BIN",
    }
    assert all(f"#   {gap} " in text for gap in gaps)
