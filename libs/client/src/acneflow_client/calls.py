"""What is sent for each thing that the gateway can do, and how its answer is read. Sends nothing itself.

`client.Client` and `aio.AsyncClient` are two ways of sending the same calls.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from acneflow_client.answers import Prediction, Readiness
from acneflow_client.datasets import Dataset
from acneflow_client.errors import UnexpectedAnswerError
from acneflow_client.evaluation import Evaluation
from acneflow_client.feedback import FeedbackItem, FeedbackPage, FeedbackReceipt
from acneflow_client.models import Drift, ModelChannels, ModelDetail, ModelList, Traffic, TrafficMode, VersionDetail
from acneflow_client.runs import AirflowState, PipelineHealth, PipelineRun, RunList, RunRequest, RunSchema, TaskLogs

T = TypeVar("T")

PIPELINE = "/v1/pipeline"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer becomes a value."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    data: Mapping[str, str] | None = None
    files: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    waits: bool = True
    """Whether a 429 or 503 is waited out; not where the state of things is what is asked for."""

    def options(self) -> dict[str, Any]:
        """For httpx' `request`."""
        given = {"params": _known(self.params), "json": self.json, "data": self.data, "files": self.files}
        return {"headers": dict(self.headers)} | {name: value for name, value in given.items() if value}


def predict(image: bytes, *, top_k: int, explain: bool, channel: str | None, version: int | None) -> Call[Prediction]:
    """`predict`."""
    params = {"top_k": top_k, "explain": explain or None, "channel": channel, "version": version}
    return Call("POST", "/v1/predict", _typed(Prediction), params=params, files={"image": ("image", image)})


def alive() -> Call[bytes]:
    """`livez`."""
    return Call("GET", "/livez", _raw, waits=False)


def readiness() -> Call[Readiness]:
    """`readyz`."""
    return Call("GET", "/readyz", _typed(Readiness), waits=False)


def models() -> Call[ModelList]:
    """`listModels`."""
    return Call("GET", "/v1/models", _typed(ModelList))


def model(name: str, *, limit: int) -> Call[ModelDetail]:
    """`getModel`."""
    return Call("GET", _model(name), _typed(ModelDetail), params={"limit": limit})


def version(name: str, number: int) -> Call[VersionDetail]:
    """`getVersion`."""
    return Call("GET", _version(name, number), _typed(VersionDetail))


def evaluation(name: str, number: int) -> Call[Evaluation]:
    """`getEvaluation`."""
    return Call("GET", f"{_version(name, number)}/evaluation", _typed(Evaluation))


def drift(name: str) -> Call[Drift]:
    """`getDrift`."""
    return Call("GET", f"{_model(name)}/drift", _typed(Drift))


def traffic(name: str) -> Call[Traffic]:
    """`getTraffic`."""
    return Call("GET", f"{_model(name)}/traffic", _typed(Traffic))


def set_traffic(name: str, mode: TrafficMode, share: float) -> Call[Traffic]:
    """`setTraffic`."""
    return Call("PUT", f"{_model(name)}/traffic", _typed(Traffic), json={"mode": mode, "share": share})


def report(name: str, number: int) -> Call[str]:
    """`getReport`."""
    return Call("GET", f"{_version(name, number)}/report", _text)


def model_card(name: str, number: int) -> Call[str]:
    """`getModelCard`."""
    return Call("GET", f"{_version(name, number)}/model-card", _text)


def promote(name: str, number: int, reason: str) -> Call[ModelChannels]:
    """`promoteVersion`."""
    return Call("POST", f"{_version(name, number)}:promote", _typed(ModelChannels), json={"reason": reason})


def reject(name: str, number: int, reason: str) -> Call[ModelChannels]:
    """`rejectVersion`."""
    return Call("POST", f"{_version(name, number)}:reject", _typed(ModelChannels), json={"reason": reason})


def roll_back(name: str, to: int | None, reason: str) -> Call[ModelChannels]:
    """`rollBack`."""
    return Call("POST", f"{_model(name)}:rollback", _typed(ModelChannels), json={"to": to, "reason": reason})


def dataset(dataset_id: str) -> Call[Dataset]:
    """`getDataset`."""
    return Call("GET", f"/v1/datasets/{_quoted(dataset_id)}", _typed(Dataset))


def dataset_report(dataset_id: str) -> Call[str]:
    """`getDatasetReport`."""
    return Call("GET", f"/v1/datasets/{_quoted(dataset_id)}/report", _text)


def dataset_image(dataset_id: str, sha256: str) -> Call[bytes]:
    """`getDatasetImage`."""
    return Call("GET", f"/v1/datasets/{_quoted(dataset_id)}/images/{_quoted(sha256)}", _raw)


def start_run(request: RunRequest, idempotency_key: str | None) -> Call[PipelineRun]:
    """`startRun`; without a key it gets one of its own, so that a retry can't start a second run."""
    body = request.model_dump(mode="json", exclude_none=True)
    headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
    return Call("POST", f"{PIPELINE}/runs", _typed(PipelineRun), json=body, headers=headers)


def runs(*, limit: int) -> Call[RunList]:
    """`listRuns`."""
    return Call("GET", f"{PIPELINE}/runs", _typed(RunList), params={"limit": limit})


def run(run_id: str) -> Call[PipelineRun]:
    """`getRun`."""
    return Call("GET", _run(run_id), _typed(PipelineRun))


def cancel_run(run_id: str) -> Call[PipelineRun]:
    """`cancelRun`."""
    return Call("POST", f"{_run(run_id)}:cancel", _typed(PipelineRun))


def task_logs(run_id: str, task: str, *, try_number: int | None, lines: int) -> Call[TaskLogs]:
    """`getTaskLogs`."""
    path = f"{_run(run_id)}/tasks/{_quoted(task)}/logs"
    return Call("GET", path, _typed(TaskLogs), params={"try_number": try_number, "lines": lines})


def run_schema() -> Call[RunSchema]:
    """`getRunSchema`."""
    return Call("GET", f"{PIPELINE}/schema", _typed(RunSchema))


def pipeline_health() -> Call[PipelineHealth]:
    """`getPipelineHealth`."""
    return Call("GET", f"{PIPELINE}/health", _typed(PipelineHealth), waits=False)


def airflow() -> Call[AirflowState]:
    """`getAirflow`."""
    return Call("GET", "/v1/airflow", _typed(AirflowState), waits=False)


def start_airflow() -> Call[AirflowState]:
    """`startAirflow`."""
    return Call("POST", "/v1/airflow:start", _typed(AirflowState), waits=False)


def give_feedback(
    prediction_id: str, label: str | None, *, consent: bool, image: bytes | None
) -> Call[FeedbackReceipt]:
    """`giveFeedback`."""
    kind = _typed(FeedbackReceipt)
    if image is None:
        body = {"prediction_id": prediction_id, "label": label, "consent": consent}
        return Call("POST", "/v1/feedback", kind, json=body)
    data = {"prediction_id": prediction_id, "label": label or "", "consent": "true" if consent else "false"}
    return Call("POST", "/v1/feedback", kind, data=data, files={"image": ("image", image)})


def feedback(*, status: str | None, limit: int, after: str | None) -> Call[FeedbackPage]:
    """`listFeedback`."""
    params = {"status": status, "limit": limit, "after": after}
    return Call("GET", "/v1/feedback", _typed(FeedbackPage), params=params)


def feedback_image(feedback_id: str) -> Call[bytes]:
    """`getFeedbackImage`."""
    return Call("GET", f"/v1/feedback/{_quoted(feedback_id)}/image", _raw)


def accept_feedback(feedback_id: str) -> Call[FeedbackItem]:
    """`acceptFeedback`."""
    return Call("POST", f"/v1/feedback/{_quoted(feedback_id)}:accept", _typed(FeedbackItem))


def dismiss_feedback(feedback_id: str) -> Call[FeedbackItem]:
    """`dismissFeedback`."""
    return Call("POST", f"/v1/feedback/{_quoted(feedback_id)}:dismiss", _typed(FeedbackItem))


def _model(name: str) -> str:
    return f"/v1/models/{_quoted(name)}"


def _version(name: str, number: int) -> str:
    return f"{_model(name)}/versions/{number}"


def _run(run_id: str) -> str:
    return f"{PIPELINE}/runs/{_quoted(run_id)}"


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _known(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _typed(kind: type[T]) -> Callable[[httpx.Response], T]:
    def read(answer: httpx.Response) -> T:
        try:
            return TypeAdapter(kind).validate_json(answer.content)
        except ValidationError as error:
            msg = f"{answer.url} answered something that is no {kind.__name__}; is it of the same release?"
            raise UnexpectedAnswerError(msg) from error

    return read


def _text(answer: httpx.Response) -> str:
    return answer.text


def _raw(answer: httpx.Response) -> bytes:
    return answer.content
