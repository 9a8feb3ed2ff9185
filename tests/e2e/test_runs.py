"""How runs of the pipelines end for real, as Airflow tells it: the state, each task's, and the note for people.

These tests go on with the stack and the versions that test_loop.py leaves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from contracts import keys
from stack.production import held_out_images, production_model
from support.composed_stack import waited
from support.embedded_stack import Demo

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

TRAINING = "CNN-Training-Pipeline"


@dataclass(frozen=True, slots=True)
class Airflow:
    """Airflow's own API, as its user."""

    http: httpx.Client

    def start(self, dag: str, **conf: object) -> httpx.Response:
        """Ask for a run."""
        return self.http.post(f"/api/v2/dags/{dag}/dagRuns", json={"logical_date": None, "conf": conf})

    def ended(self, dag: str, run_id: str) -> dict[str, Any]:
        """A run, once it has ended."""
        waited(lambda: self._run(dag, run_id)["state"] in {"queued", "running"}, timeout_s=600)
        return self._run(dag, run_id)

    def run(self, dag: str, **conf: object) -> dict[str, Any]:
        """Start a run and wait for its end."""
        started = self.start(dag, **conf)
        assert started.status_code == 200, started.text
        return self.ended(dag, started.json()["dag_run_id"])

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """All runs, the first one first."""
        found: list[dict[str, Any]] = self._get(f"/api/v2/dags/{dag}/dagRuns?order_by=run_after")["dag_runs"]
        return found

    def states(self, dag: str, run_id: str) -> dict[str, str]:
        """How each task of a run ended, and after how many tries."""
        found = self._get(f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: f"{task['state']} {task['try_number']}" for task in found}

    def _run(self, dag: str, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._get(f"/api/v2/dags/{dag}/dagRuns/{run_id}")
        return found

    def _get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()


@pytest.fixture(scope="module")
def airflow(demo: Demo) -> Iterator[Airflow]:
    """The stack's Airflow."""
    settings = demo.stack.settings
    sign_in = {"username": settings.airflow_username, "password": settings.airflow_password.get_secret_value()}
    token = httpx.post(f"{settings.airflow_url}/auth/token", json=sign_in, timeout=60).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=settings.airflow_url, headers=headers, timeout=60) as http:
        yield Airflow(http)


def in_production(demo: Demo) -> int:
    model = production_model(demo.stack.store, "acne")
    assert model is not None
    return model.version


def test_the_runs_so_far_say_what_came_of_them(airflow: Airflow) -> None:
    first, unchanged, second = (run["note"] for run in airflow.runs(TRAINING))
    assert first.startswith("Version 1 is in production and answers: macro-F1 0.")
    assert unchanged.startswith("Nothing new at train: ")
    assert unchanged.endswith("Production stays as it was.")
    assert second.startswith("Version 2 is in production and answers: macro-F1 0.")


def test_a_candidate_that_loses_ends_green_with_the_gates_reasons(demo: Demo, airflow: Airflow) -> None:
    announced = _announced(airflow)
    run = airflow.run(TRAINING, epochs=1, margin=0, force=True)
    assert run["state"] == "success"
    assert airflow.states(TRAINING, run["dag_run_id"]) == {
        **dict.fromkeys(("scrape", "prepare", "train", "evaluate"), "success 1"),
        **{"promote": "skipped 1", "verify": "skipped 0"},
    }
    assert run["note"].startswith("Candidate 3 was rejected: macro-F1 is 0.")
    assert "that of version 2 in production is 0." in run["note"]
    assert run["note"].endswith("Production stays as it was.")
    assert in_production(demo) == 2
    assert _announced(airflow) == announced, "a rejected candidate is no news of the model"


def test_a_source_that_is_not_there_ends_red_at_once(demo: Demo, airflow: Airflow) -> None:
    run = airflow.run(TRAINING, source="folder", folder="/nowhere/photos")
    assert run["state"] == "failed"
    states = airflow.states(TRAINING, run["dag_run_id"])
    assert states == {"scrape": "failed 1"} | dict.fromkeys(list(states)[1:], "upstream_failed 0")
    assert run["note"].startswith("scrape failed: scraper refused its configuration or input: ")
    assert "/nowhere/photos" in run["note"]
    assert in_production(demo) == 2


def test_classes_that_the_dataset_has_not_end_red_at_once(airflow: Airflow) -> None:
    run = airflow.run(TRAINING, classes=["acne-of-the-moon", "acne-of-mars"])
    assert run["state"] == "failed"
    assert airflow.states(TRAINING, run["dag_run_id"])["prepare"] == "failed 1"
    assert "acne-of-mars" in run["note"]


@pytest.mark.parametrize("wrong", [{"source": "internet"}, {"seed": "seven"}, {"margin": 2}], ids=str)
def test_what_makes_no_sense_starts_no_run(demo: Demo, airflow: Airflow, wrong: dict[str, Any]) -> None:
    before = len(airflow.runs(TRAINING))
    refused = airflow.start(TRAINING, **wrong)
    assert refused.status_code == 400
    assert next(iter(wrong)) in refused.text
    settings = demo.stack.settings
    admin = {"Authorization": f"Bearer {settings.admin_key.get_secret_value()}"}
    assert httpx.post(f"{settings.gateway_url}/v1/pipeline/runs", json=wrong, headers=admin).status_code == 422
    assert len(airflow.runs(TRAINING)) == before


def test_an_accepted_correction_starts_a_run_and_cancelling_it_says_so(demo: Demo, airflow: Airflow) -> None:
    model = production_model(demo.stack.store, "acne")
    assert model is not None
    (image, *_) = held_out_images(demo.stack.store, model, 1)
    before = len(airflow.runs(TRAINING))
    with demo.stack.client() as client:
        prediction = client.predict(image.data)
        told = client.give_feedback(prediction.prediction_id, image.label, consent=True, image=image.data)
        client.accept_feedback(told.feedback_id)
        waited(lambda: len(airflow.runs(TRAINING)) == before, timeout_s=120)
        started = airflow.runs(TRAINING)[-1]
        assert started["run_type"] == "asset_triggered"
        client.cancel_run(started["dag_run_id"])
    ended = airflow.ended(TRAINING, started["dag_run_id"])
    assert (ended["state"], ended["note"].splitlines()[0]) == ("failed", "Cancelled through the gateway.")
    assert in_production(demo) == 2


def test_drift_is_looked_for_and_told(demo: Demo, airflow: Airflow) -> None:
    model = production_model(demo.stack.store, "acne")
    assert model is not None
    (image, *_) = held_out_images(demo.stack.store, model, 1)

    def written() -> list[str]:
        return [entry.key for entry in demo.stack.store.walk(keys.predictions("acne")) if entry.key.endswith(".gz")]

    before = written()
    with demo.stack.client() as client:
        client.predict(image.data)
        waited(lambda: written() == before, timeout_s=180)  # summaries are written once a minute
        run = airflow.run("Drift-Check")
        told = client.drift("acne")
    assert run["state"] == "success"
    assert run["note"].startswith("Version 2, ")
    assert (told.version, told.psi.confidence is not None) == (2, True)  # against what its training recorded
    assert (told.psi.classes is not None, told.psi.brightness is not None) == (True, True)
    assert told.measured_at is not None


def test_the_store_is_looked_through_and_nothing_is_deleted(demo: Demo, airflow: Airflow) -> None:
    before = {entry.key for entry in demo.stack.store.walk("models/")}
    run = airflow.run("Store-Maintenance", keep_days=1)
    assert run["state"] == "success"
    assert run["note"].endswith("could go; nothing was deleted.")
    assert airflow.states("Store-Maintenance", run["dag_run_id"])["delete"] == "skipped 0"
    assert {entry.key for entry in demo.stack.store.walk("models/")} >= before


def test_a_rollback_brings_the_version_before_or_a_named_one_back(demo: Demo, airflow: Airflow) -> None:
    with demo.stack.client() as client:
        for to, reason in ((None, "worse at night"), (1, "worse by day")):
            back = airflow.run("Model-Rollback", to=to, reason=reason)
            assert back["note"] == f"Version 1 is in production again and answers: {reason}."
            assert in_production(demo) == 1
            client.promote("acne", 2, reason="back to where the tests were")
    never = airflow.run("Model-Rollback", to=99, reason="a mistake")
    assert never["state"] == "failed"
    assert never["note"].startswith("rollback failed: trainer refused its configuration or input: ")
    assert in_production(demo) == 2


def _announced(airflow: Airflow) -> int:
    """How often a model was announced."""
    events = airflow.http.get("/api/v2/assets/events", params={"name_pattern": "acneflow-model", "limit": 100}).json()
    return len([each for each in events["asset_events"] if each["name"] == "acneflow-model"])
