"""The training pipeline as Airflow reads it: what it consists of, and what it refuses."""

import string
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction

AIRFLOW = Path(__file__).resolve().parents[1]
STEPS = ["scrape", "prepare", "train", "evaluate", "promote", "verify"]


DAGS = {"CNN-Training-Pipeline", "Drift-Check", "Model-Rollback", "Store-Maintenance"}


def load() -> DagBag:
    return DagBag(AIRFLOW / "dags")


@pytest.fixture(params=["process", "docker"])
def bag(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> DagBag:
    """All DAGs, in either setting."""
    monkeypatch.setenv("ACNEFLOW_STEP_SETTING", request.param)
    return load()


@pytest.fixture
def pipeline(bag: DagBag) -> DAG:
    return bag.dags["CNN-Training-Pipeline"]


def test_every_dag_loads(bag: DagBag) -> None:
    assert bag.import_errors == {}
    in_containers = type(bag.dags["CNN-Training-Pipeline"].get_task("train")).__name__ == "DockerStepOperator"
    assert set(bag.dags) == DAGS | ({"Container-Reaper"} if in_containers else set())


def test_every_dag_is_explained_runs_once_at_a_time_and_tells_of_a_failure(bag: DagBag) -> None:
    for dag in bag.dags.values():
        assert dag.doc_md
        assert dag.description
        assert (dag.max_active_runs, dag.catchup, dag.tags) == (1, False, {"acneflow"})
        assert dag.dagrun_timeout
        assert dag.has_on_failure_callback
        for name in dag.params:
            assert dag.params.get_param(name).description


def test_tasks_do_the_same_in_both_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def steps(setting: str) -> list[tuple[Any, ...]]:
        monkeypatch.setenv("ACNEFLOW_STEP_SETTING", setting)
        names = ("task_id", "doc_md", "command", "execution_timeout", "retries", "retry_delay", "pool", "outlets")
        return [
            tuple(getattr(task, name, None) for name in names)
            for dag_id in sorted(DAGS)
            for task in load().dags[dag_id].tasks
        ]

    assert steps("process") == steps("docker")


def test_trying_again_waits_longer_each_time(pipeline: DAG) -> None:
    for task in pipeline.tasks:
        assert task.retries == 2
        assert task.retry_exponential_backoff == 2.0
        assert task.max_retry_delay


def test_what_takes_long_takes_turns(pipeline: DAG) -> None:
    assert {task.task_id for task in pipeline.tasks if task.pool == "training"} == {"train", "evaluate"}


def test_only_what_changed_is_announced(pipeline: DAG) -> None:
    announced = {task.task_id: [each.name for each in task.outlets] for task in pipeline.tasks if task.outlets}
    assert announced == {"prepare": ["acneflow-dataset"], "promote": ["acneflow-model"]}


def test_its_steps_follow_each_other(pipeline: DAG) -> None:
    assert pipeline.task_ids == STEPS
    for step, following in pairwise(STEPS):
        assert pipeline.get_task(step).downstream_task_ids == {following}


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
        {"classes": []},
        {"classes": ["acne-open-comedo"]},
        {"classes": ["Acne", "rosacea"]},
        {"classes": ["acne", "acne"]},
        {"architecture": "ResNet50"},
        {"fine_tune_epochs": -1},
        {"margin": 2},
        {"urls": "photos.csv"},
        {"urls": "/photos.txt"},
    ],
    ids=str,
)
def test_params_refuse_nonsense(pipeline: DAG, wrong: dict[str, object]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ParamValidationError):
        pipeline.params.get_param(name).resolve(value)


def test_params_take_what_makes_sense(pipeline: DAG) -> None:
    pipeline.params.update({"source": "folder", "folder": "/photos", "seed": 7, "epochs": 3, "force": True})
    pipeline.params.update({"classes": ["acne", "rosacea"], "architecture": "MobileNetV3Small", "margin": 0.01})
    pipeline.params.update({"urls": "https://example.org/list.csv", "fine_tune_epochs": 0})
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
    assert isinstance(timetable, AssetOrTimeSchedule)
    assert isinstance(timetable.timetable, CronTriggerTimetable)
    assert timetable.timetable.expression == cron
    assert isinstance(timetable.asset_condition, Asset)
    assert timetable.asset_condition.name == "acneflow-new-images"


@pytest.mark.parametrize(("on_new_images", "kind"), [("yes", "AssetTriggeredTimetable"), ("no", "NullTimetable")])
def test_the_clock_and_new_images_can_be_switched_off(
    on_new_images: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACNEFLOW_SCHEDULE", "none")
    monkeypatch.setenv("ACNEFLOW_TRAIN_ON_NEW_IMAGES", on_new_images)
    assert type(load().dags["CNN-Training-Pipeline"].timetable).__name__ == kind


def test_switching_it_on_starts_no_run_of_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    monkeypatch.setenv("ACNEFLOW_SCHEDULE", f"{a_minute_ago:%M %H} * * *")
    monkeypatch.setenv("ACNEFLOW_TRAIN_ON_NEW_IMAGES", "no")
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
    assert "CNN-Training-Pipeline" not in bag.dags
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
