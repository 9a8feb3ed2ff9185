"""A client reads answers of other releases: with fields that it doesn't know, and without fields that it does."""

import json
from typing import Any

import httpx
import pytest

from acneflow_client import Evaluation, PipelineRun, Prediction, Problem, UnexpectedAnswerError
from acneflow_client.errors import problem_error
from acneflow_client.sending import document
from support.described import describe
from support.page_store import evaluated

RUN = {
    "id": "api__1",
    "state": "running",
    "queued_at": None,
    "started_at": "2026-11-20T04:12:33Z",
    "ended_at": None,
    "tasks": [{"id": "train", "state": None, "try_number": 0, "seconds": None, "result": None}],
}
RANKED = {"label": "rosacea", "display_name": "Rosacea", "confidence": 0.9}
PREDICTION = {
    "prediction": RANKED,
    "top_k": [RANKED],
    "decision": "confident",
    "sentence": "Most like Rosacea (90%).",
    "support": 1.0,
    "model": {
        **{"name": "acne", "version": 7, "channel": None, "dataset_id": "d", "trained_at": "2026-11-20T04:12:33Z"},
        **{"synthetic": True, "notice": "Drawn."},
    },
    "timing_ms": {"decode": 8.0, "model": 12.0, "total": 21.0},
    "request_id": "5b1f",
    "notice": "No diagnosis.",
}


def read(kind: type[Any], body: object) -> Any:
    request = httpx.Request("GET", "http://gateway/")
    return document(kind)(httpx.Response(200, content=json.dumps(body).encode(), request=request))


def with_more(body: Any) -> Any:
    """The same with a field more in every object."""
    if isinstance(body, dict):
        return {**{name: with_more(value) for name, value in body.items()}, "of_a_newer_release": 1}
    return [with_more(each) for each in body] if isinstance(body, list) else body


@pytest.mark.parametrize(("kind", "body"), [(PipelineRun, RUN), (Prediction, PREDICTION)])
def test_what_an_older_gateway_leaves_out_has_a_default(kind: type[Any], body: object) -> None:
    read(kind, body)


def test_fields_of_a_newer_gateway_are_passed_over_wherever_they_stand() -> None:
    assert read(Prediction, with_more(PREDICTION)) == read(Prediction, PREDICTION)
    evaluation = json.loads(evaluated(describe(1), None).to_json())
    evaluation["calibration"] = with_more(evaluation["calibration"])  # objects by name stand elsewhere
    evaluation["checks"] = with_more(evaluation["checks"])
    assert read(Evaluation, {**evaluation, "of_a_newer_release": 1}).calibration is not None


def test_a_problem_may_be_that_of_another_release() -> None:
    problem = {"type": "about:blank", "title": "Busy", "status": 429, "detail": "Busy.", "advice": "", "reason": "busy"}
    error = problem_error(429, json.dumps({**problem, "of_a_newer_release": 1}).encode(), "2")
    assert isinstance(getattr(error, "problem", None), Problem)


def test_what_is_no_such_answer_is_told() -> None:
    with pytest.raises(UnexpectedAnswerError):
        read(PipelineRun, {"id": "api__1"})
