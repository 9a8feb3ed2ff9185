"""Every container is killed, and the engine restarted: all comes back by itself, and nothing is lost."""

import os
import subprocess

import pytest

from acneflow_client import ClientError, RunRequest
from stack.production import production_model
from support.composed_stack import RUN_TIMEOUT_S, ComposedStack, Served, waited

pytestmark = [pytest.mark.stack, pytest.mark.timeout(RUN_TIMEOUT_S + 900)]

KILLED = (
    *("store", "postgres", "sync", "model-server", "gateway", "frontend", "sample-site", "docker-proxy", "docker-door"),
    *("airflow-api-server", "airflow-scheduler", "airflow-dag-processor"),
)
RESTART = "STACK_TEST_ENGINE_RESTART"
"""A command that stops Docker's engine and starts it again."""


@pytest.mark.parametrize("service", KILLED)
def test_a_killed_container_comes_back(stack: ComposedStack, served: Served, service: str) -> None:
    before = stack.containers()[service]["RestartCount"]
    stack.crash(service)
    waited(lambda: stack.containers()[service]["RestartCount"] == before, timeout_s=30)
    stack.wait_until_well(service)
    waited(lambda: not answers(stack, served), timeout_s=120)


def test_a_training_goes_on_where_a_killed_scheduler_left_it(stack: ComposedStack, served: Served) -> None:
    with stack.client() as client:
        run = client.start_run(RunRequest(source="sample", seed=2, force=True))
        waited(lambda: not step(stack, "train"), timeout_s=300)
        container = step(stack, "train")
        stack.crash("airflow-scheduler")
        stack.wait_until_well("airflow-scheduler")
        assert step(stack, "train") in (container, ""), "the same container trains on"
        assert client.wait(run.id, timeout_s=RUN_TIMEOUT_S).state == "success"


@pytest.mark.skipif(
    RESTART not in os.environ, reason=f"{RESTART}=<command that stops and starts Docker's engine> isn't set"
)
def test_the_engine_is_stopped_and_started_while_training(stack: ComposedStack, served: Served) -> None:
    model = production_model(stack.store(), "acne")
    assert model is not None
    with stack.client() as client:
        run = client.start_run(RunRequest(source="sample", seed=3, force=True))
        waited(lambda: not step(stack, "train"), timeout_s=300)
        subprocess.run(["sh", "-c", os.environ[RESTART]], check=True, timeout=300)
        stack.wait_until_well(timeout_s=400)
        waited(lambda: not answers(stack, served), timeout_s=120)
        ended = client.wait(run.id, timeout_s=RUN_TIMEOUT_S)
    assert ended.state == "success", ended
    assert stack.store().head(f"models/acne/versions/{model.version}/manifest.json")


def answers(stack: ComposedStack, served: Served) -> bool:
    """Whether a prediction is answered."""
    try:
        with stack.client() as client:
            return bool(client.predict(served.pictures[0].data).top_k)
    except ClientError:
        return False


def step(stack: ComposedStack, task: str) -> str:
    """The id of the container that runs a task; empty if there is none."""
    filters = ["--filter", f"label=acneflow.stack={stack.project}", "--filter", f"label=acneflow.task={task}"]
    return subprocess.run(
        ["docker", "ps", "--quiet", *filters], capture_output=True, text=True, check=True
    ).stdout.strip()
