"""Runs through the gateway beyond starting them: what they can be given, what came of them, logs, and cancelling."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.airflow_stand_in import TASKS, AirflowStandIn
from support.gateway import ADMIN_KEY

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
RUNS = "/v1/pipeline/runs"


@pytest.fixture(autouse=True)
def fresh(airflow: AirflowStandIn) -> Iterator[None]:
    """Every test finds a healthy Airflow that has read its DAG, and leaves it to other files like that."""
    airflow.recover()
    airflow.paused = False
    yield
    airflow.recover()


@pytest.fixture
def run(http: httpx.Client) -> str:
    return str(start(http)["id"])


def start(http: httpx.Client, **parameters: object) -> dict[str, Any]:
    answer = http.post(RUNS, json=parameters, headers=ADMIN)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(http: httpx.Client, run: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"{RUNS}/{run}").json()
    return found


@pytest.mark.parametrize(
    "parameters",
    [
        {"source": "folder", "folder": "/data/photos.parquet"},
        {"source": "urls", "urls": "s3://bucket/list.csv", "classes": ["rosacea", "milia"]},
        {"source": "scin", "architecture": "MobileNetV3Small", "fine_tune_epochs": 2, "margin": 0.01},
        {"source": "dermnet", "force": True},
    ],
)
def test_every_parameter_reaches_the_pipeline(
    http: httpx.Client, airflow: AirflowStandIn, parameters: dict[str, object]
) -> None:
    run = start(http, **parameters)
    assert airflow.runs[run["id"]]["conf"] == {"seed": 0, "force": False} | parameters
    assert http.get(RUNS, params={"limit": 1}).json()["runs"][0]["parameters"] == run["parameters"]


def test_what_a_run_can_be_given_is_told_as_a_schema(http: httpx.Client) -> None:
    schema = http.get("/v1/pipeline/schema").json()
    expected = {"source", "folder", "urls", "classes", "architecture", "epochs", "fine_tune_epochs", "margin"}
    assert schema["request"]["properties"].keys() == expected | {"seed", "force"}
    assert "rosacea" in [entry["name"] for entry in schema["classes"]]


def test_a_run_that_waits_says_so(http: httpx.Client, run: str) -> None:
    found = told(http, run)
    assert (found["outcome"], found["progress"], found["eta_s"]) == ("queued", 0.0, None)
    assert "Waits" in found["sentence"]


def test_a_run_under_way_tells_its_step_and_when_it_ends(http: httpx.Client, airflow: AirflowStandIn, run: str) -> None:
    earlier = start(http)["id"]
    for task in TASKS:
        airflow.end(earlier, task, "success")
    airflow.end(run, "scrape", "success")
    airflow.begin(run, "prepare")
    found = told(http, run)
    assert found["outcome"] == "running"
    assert found["sentence"].startswith("Step 2 of 6: prepare.")
    assert 1 / 6 <= found["progress"] < 0.5


def test_a_run_that_put_a_version_into_production_names_it(
    http: httpx.Client, airflow: AirflowStandIn, run: str
) -> None:
    for task in TASKS:
        airflow.end(run, task, "success", {"promoted": True, "version": 7} if task == "promote" else None)
    airflow.runs[run] |= {"state": "success"}
    found = told(http, run)
    assert (found["outcome"], found["sentence"]) == ("promoted", "Version 7 is in production.")
    assert (found["progress"], found["eta_s"]) == (1.0, None)


def test_a_rejected_candidate_is_told_from_a_run_with_nothing_new(http: httpx.Client, airflow: AirflowStandIn) -> None:
    for last, result, outcome, words in (
        ("promote", {"promoted": False, "reason": "macro-F1 fell"}, "rejected", "Rejected: macro-F1 fell."),
        ("train", {"run": "s3://b/r"}, "nothing_new", "Nothing new: these images were trained on and judged before"),
    ):
        run = start(http)["id"]
        for task in TASKS:
            if TASKS.index(task) <= TASKS.index(last):
                airflow.end(run, task, "skipped" if task == last else "success", result if task == last else None)
            else:
                airflow.instances[run][task] |= {"state": "skipped"}
        airflow.runs[run] |= {"state": "success"}
        found = told(http, run)
        assert (found["state"], found["outcome"]) == ("success", outcome)
        assert found["sentence"].startswith(words)
        assert found["tasks"][-1]["reason"] == "an earlier step made it unnecessary"


def test_a_step_that_failed_says_why_in_its_own_words(http: httpx.Client, airflow: AirflowStandIn, run: str) -> None:
    airflow.end(run, "scrape", "failed")
    airflow.log(run, "scrape", "fetching", "error: the site wants no visitors; ask its owner.", "Task failed")
    for task in TASKS[1:]:
        airflow.instances[run][task] |= {"state": "upstream_failed"}
    airflow.runs[run] |= {"state": "failed"}
    found = told(http, run)
    assert (found["outcome"], found["cancelled"]) == ("failed", False)
    assert found["sentence"] == "Failed at scrape: the site wants no visitors; ask its owner."
    assert found["tasks"][1]["reason"] == "an earlier step failed"


def test_a_failure_without_a_readable_log_is_told_all_the_same(
    http: httpx.Client, airflow: AirflowStandIn, run: str
) -> None:
    airflow.end(run, "scrape", "failed")
    airflow.runs[run] |= {"state": "failed"}
    assert told(http, run)["sentence"] == "Failed at scrape: its log tells why."


def test_a_log_is_read_from_its_end_by_admins(http: httpx.Client, airflow: AirflowStandIn, run: str) -> None:
    airflow.end(run, "train", "success")
    airflow.log(run, "train", *(f"epoch {number}" for number in range(5)))
    path = f"{RUNS}/{run}/tasks/train/logs"
    assert http.get(path).status_code == 401
    log = http.get(path, params={"lines": 2}, headers=ADMIN).json()
    assert [line["text"] for line in log["lines"]] == ["epoch 3", "epoch 4"]
    assert (log["truncated"], log["complete"], log["try_number"]) == (True, True, 1)
    assert len(http.get(path, headers=ADMIN).json()["lines"]) == 5
    airflow.begin(run, "evaluate")
    airflow.log(run, "evaluate", "measuring")
    running = http.get(f"{RUNS}/{run}/tasks/evaluate/logs", headers=ADMIN).json()
    assert (running["complete"], running["truncated"]) == (False, False)


def test_a_task_before_its_turn_has_an_empty_log_and_one_that_is_not_there_none(http: httpx.Client, run: str) -> None:
    log = http.get(f"{RUNS}/{run}/tasks/verify/logs", headers=ADMIN).json()
    assert (log["lines"], log["try_number"], log["complete"]) == ([], 0, False)
    for path in (f"{RUNS}/{run}/tasks/dance/logs", f"{RUNS}/nothing/tasks/train/logs"):
        assert http.get(path, headers=ADMIN).status_code == 404


def test_a_run_is_cancelled_once_and_one_that_ended_is_not(
    http: httpx.Client, airflow: AirflowStandIn, run: str
) -> None:
    airflow.begin(run, "train")
    assert http.post(f"{RUNS}/{run}:cancel").status_code == 401
    answer = http.post(f"{RUNS}/{run}:cancel", headers=ADMIN)
    assert answer.status_code == 202, answer.text
    assert (answer.json()["outcome"], answer.json()["cancelled"]) == ("cancelled", True)
    assert answer.json()["sentence"] == "Cancelled during train."
    assert http.post(f"{RUNS}/{run}:cancel", headers=ADMIN).status_code == 202
    ended = start(http)["id"]
    airflow.runs[ended] |= {"state": "success"}
    refused = http.post(f"{RUNS}/{ended}:cancel", headers=ADMIN)
    assert (refused.status_code, refused.json()["reason"]) == (409, "run_ended")
    assert http.post(f"{RUNS}/nothing:cancel", headers=ADMIN).status_code == 404


def test_health_reads_what_airflow_says_and_not_its_status(http: httpx.Client, airflow: AirflowStandIn) -> None:
    well = http.get("/v1/pipeline/health").json()
    assert (well["healthy"], well["paused"]) == (True, False)
    assert {"name": "triggerer", "status": None, "last_heartbeat": None} in well["parts"]
    airflow.ill.add("scheduler")
    ill = http.get("/v1/pipeline/health")
    assert (ill.status_code, ill.json()["healthy"]) == (200, False)
    assert "scheduler" in ill.json()["sentence"]
    airflow.ill.clear()
    airflow.known = False
    unknown = http.get("/v1/pipeline/health").json()
    assert (unknown["healthy"], unknown["paused"]) == (False, None)
