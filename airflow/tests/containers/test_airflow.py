"""Airflow with steps in containers: what people see of a run, and what is left of it, whatever happens to it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from docker import APIClient

from support.embedded import PIPELINE, EmbeddedAirflow
from support.engine import PREFIX, containers, settings, the_one

pytestmark = pytest.mark.stack

STACK = f"{PREFIX}airflow"
SLOW, HUNGRY, STUBBORN, BROKEN = 1, 2, 3, 4
"""Seeds by which a run asks the stand-in for an ending of `train`."""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, engine: APIClient) -> Iterator[EmbeddedAirflow]:
    """A running Airflow whose steps are containers."""
    home = tmp_path_factory.mktemp("home")
    variables = settings(STACK) | {"ACNEFLOW_SECONDS": "25", "ACNEFLOW_TRAINER_MEMORY": "64m"}
    airflow = EmbeddedAirflow(home, home, variables)
    try:
        airflow.start()
        assert airflow.call("PATCH", f"{PIPELINE}?update_mask=is_paused", {"is_paused": False})[0] == 200
        yield airflow
    finally:
        airflow.stop()
        for left in containers(engine, STACK):
            engine.remove_container(left["Id"], force=True)


@pytest.fixture(autouse=True)
def nothing_left(airflow: EmbeddedAirflow, engine: APIClient) -> Iterator[None]:
    """After each test no container of any step is there, running or not."""
    yield
    airflow.wait_for(lambda: not containers(engine, STACK), timeout_s=30)


def trigger(airflow: EmbeddedAirflow, **conf: object) -> str:
    status, run = airflow.call("POST", f"{PIPELINE}/dagRuns", {"logical_date": None, "conf": conf})
    assert status == 200, run
    return str(run["dag_run_id"])


def ended(airflow: EmbeddedAirflow, run: str, timeout_s: float = 180) -> Any:
    """The run, once it has ended."""
    airflow.wait_for(lambda: look(airflow, run)["state"] not in ("queued", "running"), timeout_s=timeout_s)
    return look(airflow, run)


def look(airflow: EmbeddedAirflow, run: str, task: str = "") -> Any:
    return airflow.call("GET", f"{PIPELINE}/dagRuns/{run}" + (f"/taskInstances/{task}" if task else ""))[1]


def log_of(airflow: EmbeddedAirflow, run: str, task: str, attempt: int = 1) -> str:
    return str(airflow.call("GET", f"{PIPELINE}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}")[1])


def training(airflow: EmbeddedAirflow, engine: APIClient, run: str) -> str:
    """The id of a run's training container, once that has said something."""
    airflow.wait_for(lambda: look(airflow, run, "train")["state"] == "running", timeout_s=120)
    airflow.wait_for(lambda: containers(engine, STACK), timeout_s=30)
    container = the_one(engine, STACK)
    airflow.wait_for(lambda: engine.logs(container), timeout_s=30)
    return container


def test_a_run_goes_through(airflow: EmbeddedAirflow) -> None:
    run = ended(airflow, trigger(airflow, seed=7))
    assert run["state"] == "success"
    assert run["note"] == "Version 3 is in production and answers: better than production."
    assert "trainer train --dataset s3://b/datasets/d/manifest.json --seed 7" in log_of(
        airflow, run["dag_run_id"], "train"
    )


def test_the_dataset_and_the_model_are_announced_with_what_they_are(airflow: EmbeddedAirflow) -> None:
    _, events = airflow.call("GET", "/api/v2/assets/events?order_by=-timestamp&limit=2")
    extras = {event["name"]: event["extra"] for event in events["asset_events"]}
    assert extras["acneflow-dataset"]["dataset_id"] == "d"
    assert extras["acneflow-model"]["version"] == 3


def test_a_scheduler_killed_while_training_finds_the_container_again(
    airflow: EmbeddedAirflow, engine: APIClient
) -> None:
    run = trigger(airflow, seed=SLOW)
    container = training(airflow, engine, run)
    airflow.kill_scheduler()
    time.sleep(3)
    assert engine.inspect_container(container)["State"]["Running"]
    airflow.start_scheduler()
    assert ended(airflow, run, timeout_s=300)["state"] == "success"
    logs = "".join(log_of(airflow, run, "train", attempt) for attempt in (1, 2))
    assert "which was started before" in logs
    assert logs.count("running trainer train") == 1


def test_a_container_that_is_killed_is_tried_again(airflow: EmbeddedAirflow, engine: APIClient) -> None:
    run = trigger(airflow, seed=SLOW)
    engine.kill(training(airflow, engine, run))
    assert ended(airflow, run)["state"] == "success"
    assert look(airflow, run, "train")["try_number"] == 2
    assert "killed by SIGKILL" in log_of(airflow, run, "train", 1)


def test_out_of_memory_is_told_and_not_tried_again(airflow: EmbeddedAirflow) -> None:
    run = ended(airflow, trigger(airflow, seed=HUNGRY))
    assert run["state"] == "failed"
    assert run["note"] == (
        "train failed: trainer ran out of memory: its limit is 64m. Raise it by ACNEFLOW_TRAINER_MEMORY."
        " Its last word: taking all there is"
    )
    assert look(airflow, run["dag_run_id"], "train")["try_number"] == 1


def test_cancelling_a_run_removes_its_container_even_one_that_will_not_stop(
    airflow: EmbeddedAirflow, engine: APIClient
) -> None:
    run = trigger(airflow, seed=STUBBORN)
    training(airflow, engine, run)
    assert airflow.call("PATCH", f"{PIPELINE}/dagRuns/{run}?update_mask=state", {"state": "failed"})[0] == 200
    airflow.wait_for(lambda: not containers(engine, STACK), timeout_s=30)
    run = ended(airflow, run)
    assert run["state"] == "failed"
    assert run["note"].startswith("train failed: someone stopped it")


def test_an_orphan_is_reaped_and_named(airflow: EmbeddedAirflow, engine: APIClient) -> None:
    labels = {"acneflow.stack": STACK, "acneflow.dag": "CNN-Training-Pipeline", "acneflow.run": "none"}
    orphan = engine.create_container(
        f"{PREFIX}trainer:local",
        ["trainer", "train", "--seed", "1"],
        name=f"{STACK}-orphan",
        labels=labels | {"acneflow.task": "train"},
    )
    engine.start(orphan)
    reaper = "/api/v2/dags/Container-Reaper/dagRuns"
    status, run = airflow.call("POST", reaper, {"logical_date": None})
    assert status == 200
    path = f"{reaper}/{run['dag_run_id']}"
    airflow.wait_for(lambda: airflow.call("GET", path)[1]["state"] in ("success", "failed"), timeout_s=120)
    notes = {each["note"] for each in airflow.call("GET", reaper)[1]["dag_runs"]}  # its schedule may have been quicker
    assert f"Removed 1 orphaned containers: {STACK}-orphan." in notes
