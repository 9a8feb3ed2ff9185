"""Who may do what in Airflow in containers: the image, its first start, and what each account can reach."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.engine import PREFIX

pytestmark = pytest.mark.stack

REPOSITORY = Path(__file__).resolve().parents[3]
IMAGE = f"{PREFIX}airflow:local"
NAME = f"{PREFIX}access"
GATEWAY_PASSWORD = "the gateway's"  # noqa: S105 - of this test
PIPELINE = "/api/v2/dags/CNN-Training-Pipeline"
REAPER = "/api/v2/dags/Container-Reaper"
RUN: dict[str, Any] = {"logical_date": None}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An API server after its first start, with the DAGs read once."""
    subprocess.run(
        ["docker", "build", "--quiet", "--file", "airflow/Dockerfile", "--tag", IMAGE, "."],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "AIRFLOW__LOGGING__REMOTE_LOGGING": "False",
        "AIRFLOW__API_AUTH__JWT_SECRET": "not a secret " * 5,
        "AIRFLOW__API__SECRET_KEY": "not a secret either",
        "ACNEFLOW_AIRFLOW_GATEWAY_PASSWORD": GATEWAY_PASSWORD,
    }
    start = "python -m init && airflow dags reserialize && exec airflow api-server"
    subprocess.run(
        [
            *("docker", "run", "--detach", "--rm", "--init", "--name", NAME, "--publish", f"127.0.0.1:{port}:8080"),
            *("--env-file", str(REPOSITORY / "airflow" / "containers.env")),
            *(each for name, value in variables.items() for each in ("--env", f"{name}={value}")),
            *(IMAGE, "sh", "-c", start),
        ],
        check=True,
        capture_output=True,
    )
    try:
        yield ready(f"http://127.0.0.1:{port}")
    finally:
        subprocess.run(["docker", "rm", "--force", NAME], check=True, capture_output=True)


@pytest.fixture(scope="module")
def gateway(url: str) -> Iterator[httpx.Client]:
    """Airflow, as the gateway's service account."""
    with signed_in(url, "gateway", GATEWAY_PASSWORD) as client:
        yield client


def test_the_administrators_password_is_made_up_shown_and_works(url: str) -> None:
    said = re.findall(r"administrator is admin, password (\S+)", log())
    assert len(said) == 1
    with signed_in(url, "admin", said[0]) as admin:
        assert admin.get("/api/v2/connections").status_code == 200


def test_a_wrong_password_opens_nothing(url: str) -> None:
    assert httpx.post(f"{url}/auth/token", json={"username": "admin", "password": "admin"}).status_code == 401


def test_the_gateway_starts_follows_and_cancels_runs(gateway: httpx.Client) -> None:
    assert gateway.patch(PIPELINE, params={"update_mask": "is_paused"}, json={"is_paused": False}).status_code == 200
    started = gateway.post(f"{PIPELINE}/dagRuns", json=RUN | {"conf": {"seed": 3}})
    assert started.status_code == 200
    run = f"{PIPELINE}/dagRuns/{started.json()['dag_run_id']}"
    for path in (run, f"{run}/taskInstances", f"{run}/taskInstances/train/xcomEntries", f"{PIPELINE}/tasks"):
        assert gateway.get(path).status_code == 200, path
    cancelled = gateway.patch(run, params={"update_mask": "state"}, json={"state": "failed"})
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "failed")


def test_the_gateway_says_that_there_are_new_images(gateway: httpx.Client) -> None:
    assets = gateway.get("/api/v2/assets", params={"name_pattern": "acneflow-new-images"}).json()["assets"]
    event = {"asset_id": assets[0]["id"], "extra": {"why": "a correction was accepted"}}
    assert gateway.post("/api/v2/assets/events", json=event).status_code == 200


def test_the_gateway_sees_no_other_dag(gateway: httpx.Client) -> None:
    seen = {dag["dag_id"] for dag in gateway.get("/api/v2/dags").json()["dags"]}
    assert seen == {"CNN-Training-Pipeline", "Model-Rollback", "Drift-Check", "Store-Maintenance"}
    assert gateway.get(REAPER).status_code == 403
    assert gateway.post(f"{REAPER}/dagRuns", json=RUN).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v2/connections"),
        ("GET", "/api/v2/variables"),
        ("GET", "/api/v2/pools"),
        ("GET", "/api/v2/config"),
        ("GET", "/api/v2/plugins"),
        ("GET", "/api/v2/eventLogs"),
        ("DELETE", PIPELINE),
        ("GET", "/auth/fab/v1/users"),
        ("GET", "/auth/fab/v1/roles"),
    ],
)
def test_the_gateway_reaches_nothing_else(gateway: httpx.Client, method: str, path: str) -> None:
    assert gateway.request(method, path).status_code == 403


def test_the_gateway_deletes_no_run(gateway: httpx.Client) -> None:
    run = gateway.post(f"{PIPELINE}/dagRuns", json=RUN).json()["dag_run_id"]
    assert gateway.delete(f"{PIPELINE}/dagRuns/{run}").status_code == 403


def signed_in(url: str, name: str, password: str) -> httpx.Client:
    answer = httpx.post(f"{url}/auth/token", json={"username": name, "password": password}, timeout=60)
    assert answer.status_code == 201, answer.text
    return httpx.Client(base_url=url, timeout=60, headers={"Authorization": f"Bearer {answer.json()['access_token']}"})


def ready(url: str) -> str:
    deadline = time.monotonic() + 300
    while True:
        try:
            if httpx.get(f"{url}/api/v2/monitor/health", timeout=10).status_code == 200:
                return url
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, log()
        time.sleep(1)


def log() -> str:
    said = subprocess.run(["docker", "logs", NAME], capture_output=True, text=True, check=False)
    return said.stdout + said.stderr
