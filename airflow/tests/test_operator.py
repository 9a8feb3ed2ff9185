"""The operator of the process setting: how a command's end becomes a task's."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout
from airflow.sdk.execution_time.timeout import timeout

from include.factory import operator_for
from include.processes.operator import ProcessStepOperator
from include.settings import PipelineSettings
from include.step import StepSpec
from support import standin


@pytest.fixture
def operator(commands: Path) -> Callable[[str], ProcessStepOperator]:
    """Makes the operator of a step that ends in a given way."""

    def make(ending: str) -> ProcessStepOperator:
        standin.let(commands, "train", ending)
        step = StepSpec(
            name="train", doc="Trains.", command=("trainer", "train", "", "--seed=1"), timeout=timedelta(minutes=1)
        )
        made = operator_for(step, PipelineSettings())
        assert isinstance(made, ProcessStepOperator)
        return made

    return make


def test_the_result_is_what_the_step_printed_last(operator: Callable[[str], ProcessStepOperator]) -> None:
    assert operator("done").execute({}) == standin.RESULTS["train"]


def test_an_argument_that_renders_to_nothing_is_left_out(
    operator: Callable[[str], ProcessStepOperator], commands: Path
) -> None:
    operator("done").execute({})
    assert standin.calls(commands)[0]["arguments"] == ["trainer", "train", "--seed=1"]


def test_bad_input_is_final_and_named(operator: Callable[[str], ProcessStepOperator]) -> None:
    with pytest.raises(AirflowFailException, match="expected a snapshot, got nothing"):
        operator("invalid").execute({})


def test_another_failure_may_be_tried_again(operator: Callable[[str], ProcessStepOperator]) -> None:
    with pytest.raises(AirflowException, match="exit code 1: the store didn't answer") as failure:
        operator("broken-once").execute({})
    assert not isinstance(failure.value, AirflowFailException)


def test_done_without_a_result_is_a_failure(operator: Callable[[str], ProcessStepOperator]) -> None:
    with pytest.raises(AirflowException, match="::result::"):
        operator("silent").execute({})


def test_a_killed_task_stops_its_step(operator: Callable[[str], ProcessStepOperator]) -> None:
    task = operator("slow")
    threading.Timer(0.7, task.on_kill).start()
    start = time.monotonic()
    with pytest.raises(AirflowException, match="exit code 143"):
        task.execute({})
    assert time.monotonic() - start < 5


def test_a_task_killed_before_its_step_began_stops_it_at_once(operator: Callable[[str], ProcessStepOperator]) -> None:
    task = operator("slow")
    task.on_kill()
    with pytest.raises(AirflowException, match=r"ended by SIGTERM|exit code 143"):
        task.execute({})


def test_a_timeout_stops_the_step(operator: Callable[[str], ProcessStepOperator]) -> None:
    task = operator("slow")
    start = time.monotonic()
    with pytest.raises(AirflowTaskTimeout), timeout(1):  # type: ignore[no-untyped-call]
        task.execute({})
    assert time.monotonic() - start < 5


def test_a_missing_command_is_named(operator: Callable[[str], ProcessStepOperator], commands: Path) -> None:
    (commands / "trainer").unlink()
    with pytest.raises(AirflowFailException, match="console command trainer in ACNEFLOW_BIN"):
        operator("done").execute({})


def test_a_missing_folder_of_commands_is_named(
    operator: Callable[[str], ProcessStepOperator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACNEFLOW_BIN")
    with pytest.raises(AirflowFailException, match="bin"):
        operator("done").execute({})
