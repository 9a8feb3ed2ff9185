"""The operator of the container setting against a real engine: what becomes of a task, and of its container."""

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk import Context
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
)
from airflow.sdk.execution_time.timeout import timeout
from docker import APIClient

from include.containers.operator import DockerStepOperator
from include.factory import operator_for
from include.settings import PipelineSettings
from include.step import Resources, StepSpec
from support.engine import containers, the_one
from support.engine_door import EngineDoor

pytestmark = pytest.mark.stack

RUN = {"run": "s3://b/runs/r/manifest.json", "run_id": "r", "validation_macro_f1": 0.9}


class Task:
    """What Airflow keeps of a task between its tries: its state, and what it pushed."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.pushed: dict[str, Any] = {}
        self.tries = 0

    def context(self) -> Context:
        """The context of the next try."""
        self.tries += 1
        ti = SimpleNamespace(
            dag_id="dag",
            run_id="run",
            task_id="train",
            try_number=self.tries,
            task=SimpleNamespace(execution_timeout=timedelta(minutes=1)),
            stats_tags={},
            xcom_push=lambda key, value: self.pushed.update({key: value}),
        )
        store = SimpleNamespace(get=self.state.get, set=self.state.__setitem__)
        return cast(Context, {"ti": ti, "task_state_store": store})


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def operator(stack: str) -> Callable[..., DockerStepOperator]:  # noqa: ARG001
    """Makes the operator of a step that ends in a given way."""

    def make(ending: str, **resources: Any) -> DockerStepOperator:
        step = StepSpec(
            name="train",
            doc="Trains.",
            command=("trainer", "train", "", "--seed=1"),
            timeout=timedelta(minutes=1),
            env={"ACNEFLOW_ENDING_TRAIN": ending},
            resources=Resources(**resources),
        )
        made = operator_for(step, PipelineSettings())
        assert isinstance(made, DockerStepOperator)
        return made

    return make


@pytest.fixture
def nothing_left(engine: APIClient, stack: str) -> Callable[[], bool]:
    """Whether no container is there any more."""
    return lambda: not containers(engine, stack)


@pytest.fixture
def keys_volume(engine: APIClient, stack: str) -> Iterator[str]:
    """A volume with the trainer's key, which the stand-in's user may read."""
    name = f"{stack}_trainer-keys"
    write = 'printf "the trainer\'s" > /keys/acneflow_store_secret_key'
    base = ["docker", "run", "--rm", "--volume", f"{name}:/keys", "python:3.13-slim-trixie", "sh", "-c", write]
    subprocess.run(base, check=True)
    yield name
    engine.remove_volume(name)


def test_the_result_is_what_the_step_printed_last(operator: Callable[..., DockerStepOperator], task: Task) -> None:
    assert operator("done").execute(task.context()) == RUN


def test_its_arguments_are_the_processes_ones(
    operator: Callable[..., DockerStepOperator], task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    operator("done").execute(task.context())
    assert "working ['train', '--seed=1']" in capsys.readouterr().out


def test_it_gets_the_stacks_settings_and_its_own_keys_and_no_other_secret(
    operator: Callable[..., DockerStepOperator],
    task: Task,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACNEFLOW_BUCKET", "b")
    monkeypatch.setenv("ACNEFLOW_STORE_SECRET_KEY", "root")
    monkeypatch.setenv("ACNEFLOW_ADMIN_KEY", "admin")
    monkeypatch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "secret")
    operator("environment").execute(task.context())
    said = capsys.readouterr().out
    (line,) = [each for each in said.splitlines() if " variables " in each]
    names = [name for name in line.split() if name.startswith(("ACNEFLOW", "AIRFLOW"))]
    assert names == [
        "ACNEFLOW_BUCKET",
        "ACNEFLOW_ENDING_TRAIN",
        "ACNEFLOW_STORE_ACCESS_KEY",
        "ACNEFLOW_STORE_SECRET_KEY",
    ]
    assert "key trainer-secret" in said


def test_its_keys_come_from_a_volume_that_airflow_never_reads(
    operator: Callable[..., DockerStepOperator],
    task: Task,
    keys_volume: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ACNEFLOW_TRAINER_STORE_SECRET_KEY")
    monkeypatch.setenv("ACNEFLOW_STEP_KEYS_VOLUME", keys_volume.replace("trainer", "{service}"))
    operator("keys").execute(task.context())
    said = capsys.readouterr().out
    assert "files acneflow_store_secret_key=the trainer's" in said
    assert "ACNEFLOW_STORE_SECRET_KEY" not in said


def test_bad_input_is_final_and_named(operator: Callable[..., DockerStepOperator], task: Task) -> None:
    with pytest.raises(AirflowFailException, match="expected a snapshot, got nothing"):
        operator("invalid").execute(task.context())
    assert "expected a snapshot" in task.pushed["reason"]


def test_nothing_new_skips_and_keeps_the_result(operator: Callable[..., DockerStepOperator], task: Task) -> None:
    with pytest.raises(AirflowSkipException, match="done before"):
        operator("nothing_new").execute(task.context())
    assert task.pushed["return_value"] == RUN


def test_another_failure_may_be_tried_again_and_its_last_lines_are_in_the_log(
    operator: Callable[..., DockerStepOperator], task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AirflowException, match="exit code 1: the store didn't answer") as failure:
        operator("broken").execute(task.context())
    assert not isinstance(failure.value, AirflowFailException)
    said = re.findall(r"\] line (\d+) ", capsys.readouterr().out)
    assert [int(each) for each in said] == list(range(300))


def test_out_of_memory_is_called_that(operator: Callable[..., DockerStepOperator], task: Task) -> None:
    with pytest.raises(
        AirflowFailException, match=r"out of memory: its limit is 64m. Raise it by ACNEFLOW_TRAINER_MEMORY"
    ):
        operator("hungry", memory="64m").execute(task.context())


def test_a_container_that_someone_kills_may_be_tried_again(
    operator: Callable[..., DockerStepOperator], task: Task, engine: APIClient, stack: str
) -> None:
    threading.Timer(2.0, lambda: engine.kill(the_one(engine, stack))).start()
    with pytest.raises(AirflowException, match="killed by SIGKILL") as failure:
        operator("slow").execute(task.context())
    assert not isinstance(failure.value, AirflowFailException)


def test_a_container_that_someone_removes_may_be_tried_again(
    operator: Callable[..., DockerStepOperator], task: Task, engine: APIClient, stack: str
) -> None:
    threading.Timer(2.0, lambda: engine.remove_container(the_one(engine, stack), force=True)).start()
    with pytest.raises(AirflowException, match="someone removed it"):
        operator("slow").execute(task.context())


@pytest.mark.parametrize(("ending", "at_most_s"), [("slow", 6), ("stubborn", 16)])
def test_a_timeout_stops_and_removes_it(
    operator: Callable[..., DockerStepOperator], task: Task, ending: str, at_most_s: float
) -> None:
    start = time.monotonic()
    with pytest.raises(AirflowTaskTimeout), timeout(2):  # type: ignore[no-untyped-call]
        operator(ending).execute(task.context())
    assert time.monotonic() - start < at_most_s
    assert "longer than it may" in task.pushed["reason"]


@pytest.mark.parametrize(("ending", "at_most_s"), [("slow", 6), ("stubborn", 16)])
def test_cancelling_stops_and_removes_it(
    operator: Callable[..., DockerStepOperator], nothing_left: Callable[[], bool], ending: str, at_most_s: float
) -> None:
    made = operator(ending)
    threading.Timer(2.0, made.on_kill).start()
    start = time.monotonic()
    with pytest.raises(AirflowException):
        made.execute(Task().context())
    while not nothing_left():
        assert time.monotonic() - start < at_most_s
        time.sleep(0.2)


def test_the_next_try_goes_on_following_a_container_whose_task_is_gone(
    operator: Callable[..., DockerStepOperator],
    task: Task,
    nothing_left: Callable[[], bool],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = abandon(operator("slow"), task)
    capsys.readouterr()
    assert operator("slow").execute(task.context()) == RUN
    assert capsys.readouterr().out.count(" second 0 ") == 1
    assert task.state["container"] == begun
    assert nothing_left()


def test_a_container_whose_id_nobody_wrote_down_is_found_by_its_labels(
    operator: Callable[..., DockerStepOperator], task: Task
) -> None:
    begun = abandon(operator("slow"), task)
    task.state.clear()
    assert operator("slow").execute(task.context()) == RUN
    assert task.state["container"] == begun


def test_what_ended_while_nobody_looked_is_read_and_removed(
    operator: Callable[..., DockerStepOperator], task: Task, engine: APIClient
) -> None:
    begun = abandon(operator("broken"), task)
    engine.wait(begun)
    with pytest.raises(AirflowException, match="the store didn't answer"):
        operator("done").execute(task.context())
    assert operator("done").execute(task.context()) == RUN


def test_one_that_is_being_stopped_when_it_is_found_is_replaced(
    operator: Callable[..., DockerStepOperator], task: Task, engine: APIClient
) -> None:
    begun = abandon(operator("slow"), task)
    threading.Timer(1.5, lambda: engine.stop(begun)).start()
    assert operator("done").execute(task.context()) == RUN
    assert task.state["container"] != begun


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineDoor]:
    """What stands between the operator and the engine."""
    door = EngineDoor()
    monkeypatch.setenv("ACNEFLOW_DOCKER_URL", door.url)
    yield door
    door.shut()


def test_an_engine_that_is_away_for_a_while_is_waited_for_and_no_line_is_lost(
    door: EngineDoor, operator: Callable[..., DockerStepOperator], task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    threading.Timer(2.0, door.shut).start()
    threading.Timer(4.0, door.open).start()
    assert operator("slow").execute(task.context()) == RUN
    assert re.findall(r"\] second (\d+) ", capsys.readouterr().out) == [str(each) for each in range(6)]


def test_an_engine_that_stays_away_leaves_the_container_to_the_next_try(
    door: EngineDoor, operator: Callable[..., DockerStepOperator], task: Task, engine: APIClient, stack: str
) -> None:
    threading.Timer(2.0, door.shut).start()
    with pytest.raises(AirflowException, match="didn't answer for 5 s"):
        operator("slow").execute(task.context())
    begun = the_one(engine, stack)
    door.open()
    assert operator("slow").execute(task.context()) == RUN
    assert task.state["container"] == begun


def test_limits_reach_the_engine(operator: Callable[..., DockerStepOperator], task: Task, engine: APIClient) -> None:
    begun = abandon(operator("slow", memory="256m", shared_memory="32m", cpus=2.0), task)
    config = engine.inspect_container(begun)["HostConfig"]
    assert (config["Memory"], config["MemorySwap"], config["ShmSize"]) == (256 << 20, 256 << 20, 32 << 20)
    assert (config["CpuShares"], config["CapDrop"], config["NetworkMode"]) == (2048, ["ALL"], "bridge")
    assert not config["Binds"]
    engine.stop(begun, timeout=1)
    engine.remove_container(begun)


def test_a_gpu_that_the_host_lacks_is_named(
    operator: Callable[..., DockerStepOperator], task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACNEFLOW_GPU", "yes")
    with pytest.raises(AirflowFailException, match="expected a GPU for containers, as ACNEFLOW_GPU says"):
        operator("done", gpu=True).execute(task.context())


def test_an_image_that_is_missing_is_named(
    operator: Callable[..., DockerStepOperator], task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACNEFLOW_STEP_IMAGE_TAG", "none-such")
    with pytest.raises(AirflowFailException, match=r"trainer:none-such isn't on this host"):
        operator("done").execute(task.context())


def test_a_service_without_store_keys_is_named(
    operator: Callable[..., DockerStepOperator], task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACNEFLOW_TRAINER_STORE_SECRET_KEY")
    with pytest.raises(AirflowFailException, match="store_secret_key"):
        operator("done").execute(task.context())


def abandon(made: DockerStepOperator, task: Task) -> str:
    """Start a step's container as a task does that is killed at once; its id."""
    context = task.context()
    begun = str(made.submit_job(context))
    context["task_state_store"].set(made.external_id_key, begun)
    return begun
