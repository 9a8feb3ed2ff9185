"""Airflow as the embedded stack runs it, driven through its API, with stand-ins for the services' commands."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import standin
from support.embedded import PIPELINE, EmbeddedAirflow
from support.listener import Posted, listening

KEY = "a-very-secret-key"
DRIFT = "/api/v2/dags/Drift-Check"


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand-ins of this module's own."""
    return standin.install(tmp_path_factory.mktemp("commands") / "bin")


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, Posted]]:
    """Who is told of failures, and what was told."""
    with listening() as listener:
        yield listener


@pytest.fixture(scope="module")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, commands: Path, listener: tuple[str, Posted]
) -> Iterator[EmbeddedAirflow]:
    """A running Airflow with the pipeline switched on."""
    variables = {"ACNEFLOW_STORE_SECRET_KEY": KEY, "ACNEFLOW_NOTIFY_WEBHOOK_URL": listener[0]}
    airflow = EmbeddedAirflow(tmp_path_factory.mktemp("home"), commands, variables)
    try:
        airflow.start()
        assert airflow.call("PATCH", f"{PIPELINE}?update_mask=is_paused", {"is_paused": False})[0] == 200
        yield airflow
    finally:
        airflow.stop()


def trigger(airflow: EmbeddedAirflow, **conf: object) -> str:
    status, run = airflow.call("POST", f"{PIPELINE}/dagRuns", {"logical_date": None, "conf": conf})
    assert status == 200, run
    return str(run["dag_run_id"])


def state(airflow: EmbeddedAirflow, run: str, task: str | None = None) -> Any:
    path = f"{PIPELINE}/dagRuns/{run}" + (f"/taskInstances/{task}" if task else "")
    return airflow.call("GET", path)[1]["state"]


def processes_of(group: int) -> str:
    """What runs in a process group."""
    return subprocess.run(["pgrep", "-g", str(group), "-a"], capture_output=True, text=True, check=False).stdout


def test_a_run_triggered_through_the_api_goes_through(airflow: EmbeddedAirflow) -> None:
    run = trigger(airflow, seed=7)
    airflow.wait_for(lambda: state(airflow, run) not in ("queued", "running"), timeout_s=60)
    assert state(airflow, run) == "success"
    status, xcom = airflow.call("GET", f"{PIPELINE}/dagRuns/{run}/taskInstances/promote/xcomEntries/return_value")
    assert status == 200
    assert "better than production" in str(xcom["value"])


def test_switching_it_on_started_no_run(airflow: EmbeddedAirflow) -> None:
    _, runs = airflow.call("GET", f"{PIPELINE}/dagRuns")
    assert {run["run_type"] for run in runs["dag_runs"]} <= {"manual"}


@pytest.mark.parametrize("conf", [{"source": "internet"}, {"seed": "x"}, {"epochs": 0}], ids=str)
def test_nonsense_is_refused(airflow: EmbeddedAirflow, conf: dict[str, object]) -> None:
    status, _ = airflow.call("POST", f"{PIPELINE}/dagRuns", {"logical_date": None, "conf": conf})
    assert status == 400


def test_a_secret_that_a_step_prints_is_masked_in_its_log(airflow: EmbeddedAirflow, commands: Path) -> None:
    standin.let(commands, "run", "leaky")
    run = trigger(airflow)
    airflow.wait_for(lambda: state(airflow, run) == "failed", timeout_s=60)
    standin.let(commands, "run", "done")
    log = str(airflow.call("GET", f"{PIPELINE}/dagRuns/{run}/taskInstances/scrape/logs/1")[1])
    assert "refused the key ***" in log
    assert KEY not in log
    assert state(airflow, run, "prepare") == "upstream_failed"


def test_a_run_that_fails_is_told_with_its_reason_and_a_link(
    airflow: EmbeddedAirflow, commands: Path, listener: tuple[str, Posted]
) -> None:
    standin.let(commands, "prepare", "invalid")
    run = trigger(airflow)
    told = airflow.wait_for(lambda: [each for each in listener[1] if each["run_id"] == run], timeout_s=90)
    standin.let(commands, "prepare", "done")
    assert told[0]["reasons"] == {
        "prepare": "trainer refused its configuration or input: expected a snapshot, got nothing"
    }
    assert told[0]["link"] == f"{airflow.url}/dags/CNN-Training-Pipeline/runs/{run}"


def test_drift_past_the_threshold_starts_training(airflow: EmbeddedAirflow, commands: Path) -> None:
    before = len(airflow.call("GET", f"{PIPELINE}/dagRuns")[1]["dag_runs"])
    for ending, started in (("steady", 0), ("done", 1)):
        standin.let(commands, "drift", ending)
        status, check = airflow.call("POST", f"{DRIFT}/dagRuns", {"logical_date": None})
        assert status == 200
        path = f"{DRIFT}/dagRuns/{check['dag_run_id']}"
        airflow.wait_for(lambda: airflow.call("GET", path)[1]["state"] == "success", timeout_s=60)  # noqa: B023
        runs = airflow.call("GET", f"{PIPELINE}/dagRuns")[1]["dag_runs"]
        assert len(runs) == before + started
    assert "drifted, training was started (" in airflow.call("GET", path)[1]["note"]
    ours = next(run for run in runs if run["note"] and "Started by Drift-Check." in run["note"])
    airflow.wait_for(lambda: state(airflow, ours["dag_run_id"]) == "success", timeout_s=60)
    # it is measured each hour, and training is started once a day
    again = airflow.call("POST", f"{DRIFT}/dagRuns", {"logical_date": None})[1]
    path = f"{DRIFT}/dagRuns/{again['dag_run_id']}"
    airflow.wait_for(lambda: airflow.call("GET", path)[1]["state"] == "success", timeout_s=60)
    assert "drifted, training was started earlier today" in airflow.call("GET", path)[1]["note"]
    assert len(airflow.call("GET", f"{PIPELINE}/dagRuns")[1]["dag_runs"]) == before + 1


def test_cancelling_a_run_ends_its_step(airflow: EmbeddedAirflow, commands: Path) -> None:
    run, step = start_slow_run(airflow, commands)
    assert airflow.call("PATCH", f"{PIPELINE}/dagRuns/{run}?update_mask=state", {"state": "failed"})[0] == 200
    airflow.wait_for(lambda: not processes_of(step), timeout_s=20)
    assert state(airflow, run, "train") == "failed"


def test_stopping_leaves_nothing_behind(airflow: EmbeddedAirflow, commands: Path) -> None:
    _, step = start_slow_run(airflow, commands)
    groups = [*airflow.groups(), step]
    start = time.monotonic()
    airflow.stop()
    assert time.monotonic() - start < 45
    assert "".join(processes_of(group) for group in groups) == ""


def start_slow_run(airflow: EmbeddedAirflow, commands: Path) -> tuple[str, int]:
    """A run that is busy training, and the process group of that step."""
    standin.let(commands, "train", "slow")
    run = trigger(airflow)
    airflow.wait_for(lambda: state(airflow, run, "train") == "running", timeout_s=60)
    last = airflow.wait_for(
        lambda: [call for call in standin.calls(commands) if call["arguments"][1] == "train"][-1], timeout_s=10
    )
    return run, int(last["pid"])
