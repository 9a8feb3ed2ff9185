"""Everything that a client can ask of a gateway, described once: method, path, body and answer of each call.

`client.Client` and `aio.AsyncClient` inherit these methods and differ in how they send what is described.
"""

import functools
import uuid
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, overload
from urllib.parse import quote

from acneflow_client.sending import Call, document, raw, text
from contracts.api.datasets import Dataset
from contracts.api.feedback import FeedbackItem, FeedbackPage, FeedbackReceipt, FeedbackStatus
from contracts.api.models import ModelChannels, ModelDetail, ModelList, ModelSummary, TrafficRules, VersionDetail
from contracts.api.predict import Prediction, Readiness
from contracts.api.runs import AirflowState, PipelineHealth, PipelineRun, RunList, RunSchema, RunSummary, TaskLogs
from contracts.models.drift import DriftReport
from contracts.models.traffic import TrafficMode
from contracts.run import Evaluation
from contracts.run_parameters import RunRequest

if TYPE_CHECKING:
    from acneflow_client.aio import AsyncClient
    from acneflow_client.client import Client

P = ParamSpec("P")
T = TypeVar("T")


class operation(Generic[P, T]):  # noqa: N801 - a decorator
    """Makes of a function that describes a call a method that sends it: of `AsyncClient` one to be awaited."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Call[T]]) -> None:
        self._describe = describe

    @overload
    def __get__(self, client: None, owner: type) -> Callable[Concatenate[Any, P], Call[T]]: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self._describe

        @functools.wraps(self._describe)
        def send(*arguments: P.args, **options: P.kwargs) -> Any:
            return client._send(self._describe(client, *arguments, **options))

        return send


class Calls:
    """The methods that both clients have."""

    @operation
    def predict(
        self,
        image: bytes,
        *,
        top_k: int = 3,
        explain: bool = False,
        channel: str | None = None,
        version: int | None = None,
    ) -> Call[Prediction]:
        """Ask the model about one photo.

        Args:
            image: JPEG, PNG, WebP or HEIC.
            top_k: how many classes to name.
            explain: also return the activation map.
            channel: `production` (the default) or `candidate`.
            version: a version by its number instead of a channel.

        Raises:
            ImageRefusedError: if the photo can't be used.
            NotFoundError: if that version or channel isn't served.
            TemporarilyUnavailableError: if the model can't answer now.
            ClientError: as any other call.
        """
        params = {"top_k": top_k, "explain": explain or None, "channel": channel, "version": version}
        return Call("POST", "/v1/predict", document(Prediction), params=params, files={"image": ("image", image)})

    @operation
    def _livez(self) -> Call[bytes]:
        return Call("GET", "/livez", raw, waits=False)

    @operation
    def _readyz(self) -> Call[Readiness]:
        return Call("GET", "/readyz", document(Readiness), waits=False)

    @operation
    def models(self) -> Call[tuple[ModelSummary, ...]]:
        """All models, with what their channels point to."""
        return Call("GET", "/v1/models", lambda answer: document(ModelList)(answer).models)

    @operation
    def model(self, name: str, *, limit: int = 50) -> Call[ModelDetail]:
        """A model: its channels, its newest `limit` versions, and what each model server holds.

        Raises:
            NotFoundError: if there is no such model.
        """
        return Call("GET", _path("models", name), document(ModelDetail), params={"limit": limit})

    @operation
    def version(self, name: str, number: int) -> Call[VersionDetail]:
        """All that is known of a version.

        Raises:
            NotFoundError: if it was never published.
        """
        return Call("GET", _version(name, number), document(VersionDetail))

    @operation
    def evaluation(self, name: str, number: int) -> Call[Evaluation]:
        """How a version was judged, in figures.

        Raises:
            NotFoundError: if there is no such version, or it wasn't judged.
        """
        return Call("GET", f"{_version(name, number)}/evaluation", document(Evaluation))

    @operation
    def drift(self, name: str) -> Call[DriftReport]:
        """How far what people ask about is from what the version in production was validated on.

        Raises:
            NotFoundError: if this gateway doesn't serve that model.
        """
        return Call("GET", f"{_path('models', name)}/drift", document(DriftReport))

    @operation
    def traffic(self, name: str) -> Call[TrafficRules]:
        """How much of the traffic the candidate sees (admin)."""
        return Call("GET", f"{_path('models', name)}/traffic", document(TrafficRules))

    @operation
    def set_traffic(
        self, name: str, mode: TrafficMode | Literal["off", "split", "shadow"], share: float
    ) -> Call[TrafficRules]:
        """Set how much of the traffic the candidate sees (admin).

        Args:
            name: of the model.
            mode: `off`, `split` (it answers its share) or `shadow` (production answers, disagreement is counted).
            share: of the photos, 0 to 1.
        """
        wanted = {"mode": mode, "share": share}
        return Call("PUT", f"{_path('models', name)}/traffic", document(TrafficRules), json=wanted)

    @operation
    def report(self, name: str, number: int) -> Call[str]:
        """How a version was judged, as an HTML page."""
        return Call("GET", f"{_version(name, number)}/report", text)

    @operation
    def model_card(self, name: str, number: int) -> Call[str]:
        """What a version is for and what it isn't, in Markdown."""
        return Call("GET", f"{_version(name, number)}/model-card", text)

    @operation
    def promote(self, name: str, number: int, *, reason: str) -> Call[ModelChannels]:
        """Put an accepted version into production (admin).

        Raises:
            ConflictError: if the gate doesn't allow it; the message says what to do.
        """
        return Call("POST", f"{_version(name, number)}:promote", document(ModelChannels), json={"reason": reason})

    @operation
    def reject(self, name: str, number: int, *, reason: str) -> Call[ModelChannels]:
        """Take a candidate back (admin).

        Raises:
            ConflictError: if it is in production.
        """
        return Call("POST", f"{_version(name, number)}:reject", document(ModelChannels), json={"reason": reason})

    @operation
    def roll_back(self, name: str, *, to: int | None = None, reason: str) -> Call[ModelChannels]:
        """Put an earlier version back into production, the last one by default (admin).

        Raises:
            ConflictError: if there is none, or `to` was never in production.
        """
        wanted = {"to": to, "reason": reason}
        return Call("POST", f"{_path('models', name)}:rollback", document(ModelChannels), json=wanted)

    @operation
    def dataset(self, dataset_id: str = "current") -> Call[Dataset]:
        """What a dataset is made of; `current` is the one of the version in production.

        Raises:
            NotFoundError: if there is no such dataset.
        """
        return Call("GET", _path("datasets", dataset_id), document(Dataset))

    @operation
    def dataset_report(self, dataset_id: str = "current") -> Call[str]:
        """What a dataset is made of, as an HTML page."""
        return Call("GET", f"{_path('datasets', dataset_id)}/report", text)

    @operation
    def dataset_image(self, dataset_id: str, sha256: str) -> Call[bytes]:
        """One of its pictures as a JPEG of at most 256 px a side (admin)."""
        return Call("GET", _path("datasets", dataset_id, "images", sha256), raw)

    @operation
    def start_run(self, request: RunRequest, *, idempotency_key: str | None = None) -> Call[PipelineRun]:
        """Start a training run (admin).

        Args:
            request: what it shall do.
            idempotency_key: asking twice with the same key starts one run. Without one the call gets a key of its
                own, so that a retry can't start a second run.

        Raises:
            NotAllowedError: if the key is missing or wrong.
            ConflictError: if the idempotency key was used for another request.
            TemporarilyUnavailableError: if Airflow is away.
        """
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return Call("POST", _path("pipeline", "runs"), document(PipelineRun), json=request.conf(), headers=headers)

    @operation
    def run(self, run_id: str) -> Call[PipelineRun]:
        """How far a run is.

        Raises:
            NotFoundError: if there is no such run.
        """
        return Call("GET", _path("pipeline", "runs", run_id), document(PipelineRun))

    @operation
    def runs(self, *, limit: int = 20) -> Call[tuple[RunSummary, ...]]:
        """The last runs, newest first."""
        return Call(
            "GET", _path("pipeline", "runs"), lambda answer: document(RunList)(answer).runs, params={"limit": limit}
        )

    @operation
    def cancel_run(self, run_id: str) -> Call[PipelineRun]:
        """Stop a run; its steps end within 10 s and leave nothing half-published (admin).

        Raises:
            ConflictError: if it has ended.
        """
        return Call("POST", f"{_path('pipeline', 'runs', run_id)}:cancel", document(PipelineRun))

    @operation
    def task_logs(self, run_id: str, task: str, *, try_number: int | None = None, lines: int = 500) -> Call[TaskLogs]:
        """The last lines of a step's log, of its last try by default (admin)."""
        path = _path("pipeline", "runs", run_id, "tasks", task, "logs")
        return Call("GET", path, document(TaskLogs), params={"try_number": try_number, "lines": lines})

    @operation
    def run_schema(self) -> Call[RunSchema]:
        """What a training run can be given."""
        return Call("GET", _path("pipeline", "schema"), document(RunSchema))

    @operation
    def pipeline_health(self) -> Call[PipelineHealth]:
        """Whether runs can be started and get on.

        Raises:
            TemporarilyUnavailableError: if Airflow is away.
        """
        return Call("GET", _path("pipeline", "health"), document(PipelineHealth), waits=False)

    @operation
    def airflow(self) -> Call[AirflowState]:
        """Whether Airflow's processes run."""
        return Call("GET", "/v1/airflow", document(AirflowState), waits=False)

    @operation
    def start_airflow(self) -> Call[AirflowState]:
        """Start those of Airflow's processes that are stopped (admin)."""
        return Call("POST", "/v1/airflow:start", document(AirflowState), waits=False)

    @operation
    def give_feedback(
        self, prediction_id: str, label: str | None, *, consent: bool = False, image: bytes | None = None
    ) -> Call[FeedbackReceipt]:
        """Correct a past prediction.

        Args:
            prediction_id: as it stood in the prediction.
            label: what it is; None: none of the model's classes.
            consent: whether the photo may be kept and learned from.
            image: the photo; only with consent.

        Raises:
            RequestRefusedError: if the id is not valid or too old, or the label isn't one of the model's.
            ConflictError: if that prediction was corrected otherwise before.
        """
        read = document(FeedbackReceipt)
        if image is None:
            body = {"prediction_id": prediction_id, "label": label, "consent": consent}
            return Call("POST", "/v1/feedback", read, json=body)
        form = {"prediction_id": prediction_id, "label": label or "", "consent": "true" if consent else "false"}
        return Call("POST", "/v1/feedback", read, data=form, files={"image": ("image", image)})

    @operation
    def feedback(
        self, *, status: FeedbackStatus | None = None, limit: int = 50, after: str | None = None
    ) -> Call[FeedbackPage]:
        """Corrections, newest first (admin); `after` is the `next` of the page before."""
        params = {"status": status, "limit": limit, "after": after}
        return Call("GET", "/v1/feedback", document(FeedbackPage), params=params)

    @operation
    def feedback_image(self, feedback_id: str) -> Call[bytes]:
        """The photo of a correction, a JPEG (admin).

        Raises:
            NotFoundError: if there is none.
        """
        return Call("GET", _path("feedback", feedback_id, "image"), raw)

    @operation
    def accept_feedback(self, feedback_id: str) -> Call[FeedbackItem]:
        """Let the next dataset learn from a correction (admin).

        Raises:
            ConflictError: if it was dismissed.
        """
        return Call("POST", f"{_path('feedback', feedback_id)}:accept", document(FeedbackItem))

    @operation
    def dismiss_feedback(self, feedback_id: str) -> Call[FeedbackItem]:
        """Set a correction aside and delete its photo (admin).

        Raises:
            ConflictError: if it was accepted.
        """
        return Call("POST", f"{_path('feedback', feedback_id)}:dismiss", document(FeedbackItem))


def _path(*parts: str) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _version(name: str, number: int) -> str:
    return _path("models", name, "versions", str(number))
