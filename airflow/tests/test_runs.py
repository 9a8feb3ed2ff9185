"""Whole runs of the training pipeline, with Airflow's own `dag.test()` and stand-ins for the services' commands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.dagrun import DagRun, DagRunNote
from airflow.sdk.exceptions import ParamValidationError
from airflow.utils.session import create_session
from sqlalchemy import select

from support import standin

AIRFLOW = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """How a run ended."""

    id: str
    state: str
    states: Mapping[str, str]
    results: Mapping[str, object]
    note: str


@pytest.fixture
def run(database: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:  # noqa: ARG001
    """Runs the pipeline with given params."""
    monkeypatch.setenv("ACNEFLOW_STEP_RETRY_DELAY_S", "0.1")
    monkeypatch.setenv("AIRFLOW_CONN_STORE", "s3://user:password@store")

    def start(**params: object) -> Run:
        return ended(DagBag(AIRFLOW / "dags").dags["CNN-Training-Pipeline"].test(run_conf=params))

    return start


def ended(run: DagRun) -> Run:
    tasks = run.get_task_instances()
    return Run(
        id=run.run_id,
        state=run.state,
        states={task.task_id: str(task.state) for task in tasks},
        note=_note(run),
        results={task.task_id: task.xcom_pull(task_ids=task.task_id) for task in tasks},
    )


def _note(run: DagRun) -> str:
    with create_session() as session:
        return session.scalar(select(DagRunNote.content).where(DagRunNote.dag_run_id == run.id)) or ""


def arguments(commands: Path) -> list[str]:
    return [" ".join(call["arguments"]) for call in standin.calls(commands)]


def test_a_run_hands_each_steps_result_to_the_next(run: Callable[..., Run], commands: Path) -> None:
    ended = run(seed=7)
    assert ended.state == "success"
    assert set(ended.states.values()) == {"success"}
    assert ended.note == "Version 3 is in production and answers: better than production."
    assert ended.results["promote"] == standin.RESULTS["promote"]
    assert arguments(commands) == [
        "scraper run --source sample",
        "trainer prepare --snapshot s3://b/sources/sample/snapshots/t/manifest.json --seed 7",
        "trainer train --dataset s3://b/datasets/d/manifest.json --seed 7 --architecture MobileNetV2",
        "trainer evaluate --run s3://b/runs/r/manifest.json",
        "trainer promote --evaluation s3://b/runs/r/evaluation.json",
        "serving verify --model acne --version 3",
    ]


def test_params_become_arguments(run: Callable[..., Run], commands: Path) -> None:
    ended = run(source="folder", folder="/my photos", epochs=2, force=True)
    assert ended.state == "success"
    scrape, _, train, *_ = (call["arguments"] for call in standin.calls(commands))
    assert scrape == ["scraper", "run", "--source", "folder", "--folder=/my photos"]
    assert train[-2:] == ["--epochs=2", f"--nonce={ended.id}"]


def test_nothing_new_skips_the_rest_and_is_green(run: Callable[..., Run], commands: Path) -> None:
    standin.let(commands, "train", "nothing-new")
    ended = run()
    assert ended.state == "success"
    assert [ended.states[step] for step in ("scrape", "prepare")] == ["success"] * 2
    assert [ended.states[step] for step in ("train", "evaluate", "promote", "verify")] == ["skipped"] * 4
    assert ended.results["train"] == standin.RESULTS["train"]
    assert ended.note == "Nothing new at train: this was done before. Production stays as it was."


def test_a_rejected_candidate_is_green_and_says_why(run: Callable[..., Run], commands: Path) -> None:
    standin.let(commands, "promote", "rejected")
    ended = run()
    assert ended.state == "success"
    assert [ended.states[step] for step in ("evaluate", "promote", "verify")] == ["success", "skipped", "skipped"]
    assert ended.results["promote"] == {
        "model": "acne",
        "version": 3,
        "promoted": False,
        "reason": "macro-F1 too low",
    }
    assert not any(call.startswith("serving") for call in arguments(commands))
    assert ended.note == "Candidate 3 was rejected: macro-F1 too low. Production stays as it was."


def test_bad_input_ends_the_run_red_without_another_try(run: Callable[..., Run], commands: Path) -> None:
    standin.let(commands, "prepare", "invalid")
    ended = run()
    assert ended.state == "failed"
    assert [ended.states[step] for step in ("prepare", "train")] == ["failed", "upstream_failed"]
    assert len(arguments(commands)) == 2
    assert ended.note == "prepare failed: trainer refused its configuration or input: expected a snapshot, got nothing"


@pytest.mark.parametrize("wrong", [{"source": "internet"}, {"seed": "seven"}, {"margin": 2}], ids=str)
def test_bad_params_run_no_step(run: Callable[..., Run], commands: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ParamValidationError):
        run(**wrong)
    assert not standin.calls(commands)


def test_a_step_that_fails_is_tried_again(run: Callable[..., Run], commands: Path) -> None:
    standin.let(commands, "run", "broken-once")
    ended = run()
    assert ended.state == "success"
    assert [call.split()[0] for call in arguments(commands)[:3]] == ["scraper", "scraper", "trainer"]


def test_airflows_secrets_stay_with_airflow(run: Callable[..., Run], commands: Path) -> None:
    standin.let(commands, "prepare", "invalid")
    run()
    for call in standin.calls(commands):
        assert not [name for name in call["variables"] if name.startswith(("AIRFLOW", "PYTHON"))]
