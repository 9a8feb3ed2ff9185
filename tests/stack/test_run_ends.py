"""What people see of a run by containers in Airflow, and what is left of one that they end while it trains."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from acneflow_client import RunRequest
from stack.production import production_model
from support.composed_stack import RUN_TIMEOUT_S, ComposedStack, Served, waited

pytestmark = [pytest.mark.stack, pytest.mark.timeout(RUN_TIMEOUT_S + 900)]

DAG = "CNN-Training-Pipeline"


def test_a_runs_note_says_what_it_published_and_its_logs_are_in_the_store(stack: ComposedStack, served: Served) -> None:
    runs = asked(stack, f"/api/v2/dags/{DAG}/dagRuns?order_by=run_after")["dag_runs"]
    assert runs[0]["note"].startswith(f"Version {served.model.version} is in production and answers: macro-F1 ")
    logs = [entry.key for entry in stack.store().walk("logs/airflow/")]
    assert any(f"run_id={runs[0]['dag_run_id']}" in key and "task_id=train" in key for key in logs), logs


@contextmanager
def by_the_api(stack: ComposedStack) -> Iterator[Callable[[str], object]]:
    """What ends a run by its id: the gateway."""
    with stack.client() as client:
        yield client.cancel_run


@contextmanager
def on_the_page(stack: ComposedStack) -> Iterator[Callable[[str], object]]:
    """What ends a run by its id: someone who is signed in to Airflow."""
    with sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"]).new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{stack.at('AIRFLOW')}/dags/{DAG}")
        page.locator("input[name=username]").fill("admin")
        page.locator("input[name=password]").fill(stack.setting("ACNEFLOW_AIRFLOW_PASSWORD"))
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Dags").first.wait_for()

        def end(run_id: str) -> None:
            page.goto(f"{stack.at('AIRFLOW')}/dags/{DAG}/runs/{run_id}")
            page.get_by_label("Mark Dag Run as...").click()
            page.get_by_role("menuitem").filter(has_text="Failed").click()
            page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
            page.get_by_role("dialog").wait_for(state="hidden")

        yield end


@pytest.mark.parametrize("ending", [by_the_api, on_the_page], ids=["by the API", "on Airflow's page"])
def test_ending_a_run_while_it_trains_leaves_nothing_running_and_nothing_half_published(
    stack: ComposedStack,
    served: Served,
    ending: Callable[[ComposedStack], AbstractContextManager[Callable[[str], object]]],
) -> None:
    store = stack.store()
    before = production_model(store, "acne")
    versions = store.folders("models/acne/versions/")
    long = RunRequest(source="sample", force=True, fine_tune_epochs=30)  # half a minute at the least
    with stack.client() as client, ending(stack) as end:
        run_id = client.start_run(long).id
        waited(lambda: ", epoch " not in log_of_training(stack), timeout_s=300)
        end(run_id)
        waited(lambda: containers(stack), timeout_s=60)
        assert client.run(run_id).state == "failed"
    assert store.folders("models/acne/versions/") == versions
    assert production_model(store, "acne") == before
    assert stack.version_in_production() == (before and before.version)
    note = asked(stack, f"/api/v2/dags/{DAG}/dagRuns/{run_id}")["note"]
    assert "train failed: someone stopped it" in note


def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("needs chromium on the PATH; `make test-browser` brings it")
    return found


def containers(stack: ComposedStack, task: str | None = None) -> list[str]:
    """The names of steps' containers, running or not."""
    filters = ["--filter", f"label=acneflow.stack={stack.project}"]
    filters += ["--filter", f"label=acneflow.task={task}"] if task else []
    command = ["docker", "ps", "--all", "--format", "{{.Names}}", *filters]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def log_of_training(stack: ComposedStack) -> str:
    """What the step that trains has said; nothing before its container is there."""
    logs = [["docker", "logs", name] for name in containers(stack, "train")]
    return "".join(subprocess.run(each, capture_output=True, text=True, check=False).stdout for each in logs)


def asked(stack: ComposedStack, path: str) -> dict[str, Any]:
    """Airflow's answer to its administrator."""
    sign_in = {"username": "admin", "password": stack.setting("ACNEFLOW_AIRFLOW_PASSWORD")}
    token = httpx.post(f"{stack.at('AIRFLOW')}/auth/token", json=sign_in, timeout=60).json()["access_token"]
    answer = httpx.get(f"{stack.at('AIRFLOW')}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found
