"""Training runs through the gateway; Airflow is a stand-in that speaks its REST API on a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from objectstore import ObjectStore, StoreSettings
from support.airflow_stand_in import TASKS, AirflowStandIn, running_airflow_stand_in
from support.gateway import ADMIN_KEY, Backend, Gateway, running_gateway

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
RUNS = "/v1/pipeline/runs"


@pytest.fixture(autouse=True)
def fresh(airflow: AirflowStandIn) -> Iterator[None]:
    """Every test finds a paused DAG that was read, and no calls yet; and leaves it to other files like that."""
    airflow.recover()
    airflow.calls.clear()
    yield
    airflow.recover()


def start(http: httpx.Client, key: str | None = None, **parameters: object) -> httpx.Response:
    headers = ADMIN if key is None else {**ADMIN, "Idempotency-Key": key}
    return http.post(RUNS, json=parameters, headers=headers)


def reason(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return str(answer.json()["reason"])


def test_a_run_is_started_and_the_dag_unpaused(http: httpx.Client, airflow: AirflowStandIn) -> None:
    answer = start(http, source="sample", seed=3, epochs=5)
    assert answer.status_code == 202, answer.text
    run = answer.json()
    assert answer.headers["Location"] == f"{RUNS}/{run['id']}"
    assert run["state"] == "queued"
    assert [task["id"] for task in run["tasks"]] == list(TASKS)
    assert all(task["state"] is None and task["result"] is None for task in run["tasks"])
    assert airflow.runs[run["id"]]["conf"] == {"source": "sample", "seed": 3, "epochs": 5, "force": False}
    assert run["parameters"] == airflow.runs[run["id"]]["conf"]
    assert not airflow.paused


def test_a_run_is_followed_task_by_task(http: httpx.Client, airflow: AirflowStandIn) -> None:
    run = start(http).json()["id"]
    airflow.end(run, "scrape", "success", {"snapshot": "s3://b/k", "images": 900})
    airflow.end(run, "prepare", "success", json.dumps({"train": 700}))  # as Airflow's database may hold it
    airflow.end(run, "train", "skipped")
    airflow.runs[run] |= {"state": "running", "start_date": "2026-01-01T12:00:00Z"}
    found = http.get(f"{RUNS}/{run}").json()
    assert (found["id"], found["state"], found["started_at"]) == (run, "running", "2026-01-01T12:00:00Z")
    by_id = {task.pop("id"): task for task in found["tasks"]}
    assert list(by_id) == list(TASKS)
    assert [by_id[name]["state"] for name in ("scrape", "prepare", "train", "verify")] == [
        "success", "success", "skipped", None,
    ]  # fmt: skip
    assert by_id["scrape"]["result"] == {"snapshot": "s3://b/k", "images": 900}
    assert by_id["prepare"]["result"] == {"train": 700}
    assert (by_id["scrape"]["try_number"], by_id["scrape"]["seconds"]) == (1, 2.0)
    assert by_id["scrape"]["logs"] == f"{RUNS}/{run}/tasks/scrape/logs"
    nothing = {"state", "result", "seconds", "reason", "logs"}
    assert all(by_id["verify"][field] is None for field in nothing)


def test_what_a_finished_task_returned_is_asked_for_once(http: httpx.Client, airflow: AirflowStandIn) -> None:
    run = start(http).json()["id"]
    airflow.end(run, "scrape", "success", {"images": 900})
    airflow.instances[run]["verify"] |= {"state": "skipped", "try_number": 0}
    for _ in range(3):
        assert http.get(f"{RUNS}/{run}").json()["tasks"][0]["result"] == {"images": 900}
    assert sum("xcomEntries" in call for call in airflow.calls) == 1


def test_the_same_key_starts_one_run(http: httpx.Client, airflow: AirflowStandIn) -> None:
    before = len(airflow.runs)
    first, second = (start(http, key="monday", seed=1) for _ in range(2))
    assert first.status_code == second.status_code == 202
    assert first.json()["id"] == second.json()["id"]
    assert len(airflow.runs) == before + 1
    other = start(http, key="monday", seed=2)
    assert (other.status_code, reason(other)) == (409, "idempotency_key_reused")


def test_runs_without_a_key_are_runs_of_their_own(http: httpx.Client) -> None:
    first, second = (start(http).json()["id"] for _ in range(2))
    assert first != second
    listed = [run["id"] for run in http.get(RUNS, params={"limit": 2}).json()["runs"]]
    assert listed == [second, first]


@pytest.mark.parametrize(
    "parameters",
    [
        {"source": "internet"},
        {"source": "folder"},
        {"source": "folder", "folder": "relative/path"},
        {"source": "urls"},
        {"source": "urls", "urls": "/lists/photos.txt"},
        {"source": "urls", "urls": "ftp://host/photos.csv"},
        {"source": "scin", "folder": "/data"},
        {"classes": ["rosacea"]},
        {"classes": ["rosacea", "rosacea"]},
        {"classes": ["rosacea", "../etc"]},
        {"architecture": "ResNet50"},
        {"fine_tune_epochs": -1},
        {"margin": 1.5},
        {"folder": "/data"},
        {"seed": -1},
        {"epochs": 0},
        {"epochs": 1001},
        {"force": "perhaps"},
        {"unknown": 1},
    ],
)
def test_parameters_that_make_no_sense_never_reach_airflow(
    http: httpx.Client, airflow: AirflowStandIn, parameters: dict[str, object]
) -> None:
    answer = http.post(RUNS, json=parameters, headers=ADMIN)
    assert (answer.status_code, reason(answer)) == (422, "invalid_parameters")
    assert airflow.calls == []


def test_a_body_that_is_no_json_is_refused(http: httpx.Client) -> None:
    answer = http.post(RUNS, content=b"{", headers={**ADMIN, "Content-Type": "application/json"})
    assert (answer.status_code, reason(answer)) == (400, "malformed_request")
    huge = http.post(RUNS, content=b" " * 100_000, headers={**ADMIN, "Content-Type": "application/json"})
    assert (huge.status_code, reason(huge)) == (413, "body_too_large")


@pytest.mark.parametrize(
    "authorization", [None, "Bearer wrong", f"Basic {ADMIN_KEY}", "Bearer", f"Bearer {ADMIN_KEY}x"]
)
def test_only_the_admin_key_starts_a_run(
    http: httpx.Client, airflow: AirflowStandIn, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = http.post(RUNS, json={}, headers=headers)
    assert (answer.status_code, reason(answer)) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert airflow.calls == []


def test_an_unknown_run_is_not_found(http: httpx.Client) -> None:
    answer = http.get(f"{RUNS}/nothing")
    assert (answer.status_code, reason(answer)) == (404, "unknown_run")
    strange = http.get(f"{RUNS}/a%20b")
    assert (strange.status_code, reason(strange)) == (422, "invalid_parameters")


def test_an_expired_token_is_renewed(http: httpx.Client, airflow: AirflowStandIn) -> None:
    run = start(http).json()["id"]
    airflow.tokens.clear()
    airflow.calls.clear()
    assert http.get(f"{RUNS}/{run}").status_code == 200
    assert airflow.calls.count("POST /auth/token") == 1
    assert http.get(f"{RUNS}/{run}").status_code == 200
    assert airflow.calls.count("POST /auth/token") == 1


def test_a_dag_that_airflow_hasnt_read_yet_is_said_so(http: httpx.Client, airflow: AirflowStandIn) -> None:
    airflow.known = False
    answer = start(http)
    assert (answer.status_code, reason(answer)) == (503, "airflow_unknown_dag")


def test_an_airflow_that_is_away_is_said_so_until_it_is_back(backend: Backend, tmp_path: Path) -> None:
    with running_airflow_stand_in() as airflow:
        environment = {**backend.environment, **airflow.environment, "ACNEFLOW_ADMIN_KEY": ADMIN_KEY}
    with running_gateway(environment, tmp_path / "log") as gateway, httpx.Client(base_url=gateway.url) as http:
        answer = start(http)
        assert (answer.status_code, reason(answer)) == (503, "airflow_away")
        assert "ACNEFLOW_AIRFLOW_URL" in answer.json()["advice"]
        assert airflow.url not in answer.text
        assert int(answer.headers["Retry-After"]) > 0
        with running_airflow_stand_in(int(airflow.url.rpartition(":")[2])):
            assert start(http).status_code == 202


def test_settings_that_are_missing_or_wrong_are_named(
    backend: Backend, airflow: AirflowStandIn, tmp_path: Path, store: ObjectStore, store_settings: StoreSettings
) -> None:
    store.ensure_bucket()  # one in which nobody has made an admin's key
    wrong = {
        **backend.environment,
        "ACNEFLOW_BUCKET": store_settings.bucket,
        "ACNEFLOW_AIRFLOW_URL": airflow.url,
    }
    with running_gateway(wrong, tmp_path / "log") as gateway, httpx.Client(base_url=gateway.url) as http:
        answer = start(http)
        assert (answer.status_code, reason(answer)) == (403, "admin_switched_off")
        assert "ACNEFLOW_ADMIN_KEY" in answer.json()["detail"]
        answer = http.get(f"{RUNS}/any")
        assert (answer.status_code, reason(answer)) == (503, "airflow_refused")
        assert "ACNEFLOW_AIRFLOW_PASSWORD" in answer.json()["detail"]
    wrong |= {**airflow.environment, "ACNEFLOW_AIRFLOW_PASSWORD": "wrong"}
    with running_gateway(wrong, tmp_path / "log") as gateway, httpx.Client(base_url=gateway.url) as http:
        answer = http.get(f"{RUNS}/any")
        assert (answer.status_code, reason(answer)) == (503, "airflow_credentials")


def test_no_secret_is_logged(http: httpx.Client, gateway: Gateway, airflow: AirflowStandIn) -> None:
    start(http)
    log = gateway.log.read_text()
    secrets = [ADMIN_KEY, airflow.environment["ACNEFLOW_AIRFLOW_PASSWORD"], *airflow.tokens]
    assert not [secret for secret in secrets if secret in log]
