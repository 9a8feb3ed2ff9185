"""The client for asyncio: the same calls as `client.Client`, each to be awaited."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from acneflow_client import batch, calls
from acneflow_client.answers import Prediction, Readiness
from acneflow_client.batch import BatchItem
from acneflow_client.calls import Call
from acneflow_client.datasets import Dataset
from acneflow_client.errors import (
    ClientError,
    GatewayUnreachableError,
    RunTimeoutError,
    TemporarilyUnavailableError,
)
from acneflow_client.evaluation import Evaluation
from acneflow_client.feedback import FeedbackItem, FeedbackPage, FeedbackReceipt, FeedbackStatus
from acneflow_client.models import (
    Drift,
    ModelChannels,
    ModelDetail,
    ModelSummary,
    Traffic,
    TrafficMode,
    VersionDetail,
)
from acneflow_client.runs import (
    AirflowState,
    PipelineHealth,
    PipelineRun,
    RunRequest,
    RunSchema,
    RunSummary,
    TaskLogs,
)
from acneflow_client.sending import (
    DEFAULT_PATIENCE_S,
    DEFAULT_TIMEOUT_S,
    PATIENCE_S,
    headers,
    pause_s,
    refused,
    unreachable,
)

T = TypeVar("T")


class AsyncClient:
    """A connection to one gateway. Use it from one event loop; close it, or use `async with`."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        patience_s: float = DEFAULT_PATIENCE_S,
    ) -> None:
        """Prepare a connection; nothing is sent yet.

        Args:
            base_url: where the gateway is, for example `http://127.0.0.1:8000`.
            api_key: an API key or the operator's admin key; what is marked (admin) needs one.
            timeout_s: how long one answer may take.
            patience_s: how long a call may wait in all for a gateway that says when to come again; 0 never waits.
        """
        self.base_url = base_url.rstrip("/")
        self._patience_s = patience_s
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=timeout_s, headers=headers(api_key))

    async def predict(
        self,
        image: bytes,
        *,
        top_k: int = 3,
        explain: bool = False,
        channel: str | None = None,
        version: int | None = None,
    ) -> Prediction:
        """Ask the model about one photo.

        Args:
            image: JPEG, PNG or WebP.
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
        return await self._do(calls.predict(image, top_k=top_k, explain=explain, channel=channel, version=version))

    async def predict_batch(
        self, photos: Mapping[str, bytes] | bytes, *, top_k: int = 3
    ) -> AsyncIterator[tuple[int, BatchItem]]:
        """Ask about many photos; what becomes of each comes as soon as it is known, with how many there are.

        Args:
            photos: photos by name, or a ZIP of photos.
            top_k: how many classes to name of each.

        Raises:
            TemporarilyUnavailableError: if other batches are worked on; nothing was done then.
            ClientError: as any other call, also in the middle of a batch whose gateway goes away.
        """
        asked: dict[str, Any] = batch.options(photos, top_k=top_k)
        try:
            async with self._http.stream("POST", batch.PATH, **asked) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise refused(answer)
                count = batch.total(answer)
                async for line in answer.aiter_lines():
                    yield count, batch.item(line)
        except httpx.HTTPError as error:
            raise unreachable(self.base_url, error) from error

    async def models(self) -> tuple[ModelSummary, ...]:
        """All models, with what their channels point to."""
        return (await self._do(calls.models())).models

    async def model(self, name: str, *, limit: int = 50) -> ModelDetail:
        """A model: its channels, its newest `limit` versions, and what each model server holds.

        Raises:
            NotFoundError: if there is no such model.
        """
        return await self._do(calls.model(name, limit=limit))

    async def version(self, name: str, number: int) -> VersionDetail:
        """All that is known of a version.

        Raises:
            NotFoundError: if it was never published.
        """
        return await self._do(calls.version(name, number))

    async def evaluation(self, name: str, number: int) -> Evaluation:
        """How a version was judged, in figures.

        Raises:
            NotFoundError: if there is no such version, or it wasn't judged.
        """
        return await self._do(calls.evaluation(name, number))

    async def drift(self, name: str) -> Drift:
        """How far what people ask about is from what the version in production was validated on.

        Raises:
            NotFoundError: if this gateway doesn't serve that model.
        """
        return await self._do(calls.drift(name))

    async def traffic(self, name: str) -> Traffic:
        """How much of the traffic the candidate sees (admin)."""
        return await self._do(calls.traffic(name))

    async def set_traffic(self, name: str, mode: TrafficMode, share: float) -> Traffic:
        """Set how much of the traffic the candidate sees (admin).

        Args:
            name: of the model.
            mode: `off`, `split` (it answers its share) or `shadow` (production answers, disagreement is counted).
            share: of the photos, 0 to 1.
        """
        return await self._do(calls.set_traffic(name, mode, share))

    async def report(self, name: str, number: int) -> str:
        """How a version was judged, as an HTML page."""
        return await self._do(calls.report(name, number))

    async def model_card(self, name: str, number: int) -> str:
        """What a version is for and what it isn't, in Markdown."""
        return await self._do(calls.model_card(name, number))

    async def promote(self, name: str, number: int, *, reason: str) -> ModelChannels:
        """Put an accepted version into production (admin).

        Raises:
            ConflictError: if the gate doesn't allow it; the message says what to do.
        """
        return await self._do(calls.promote(name, number, reason))

    async def reject(self, name: str, number: int, *, reason: str) -> ModelChannels:
        """Take a candidate back (admin).

        Raises:
            ConflictError: if it is in production.
        """
        return await self._do(calls.reject(name, number, reason))

    async def roll_back(self, name: str, *, to: int | None = None, reason: str) -> ModelChannels:
        """Put an earlier version back into production, the last one by default (admin).

        Raises:
            ConflictError: if there is none, or `to` was never in production.
        """
        return await self._do(calls.roll_back(name, to, reason))

    async def dataset(self, dataset_id: str = "current") -> Dataset:
        """What a dataset is made of; `current` is the one of the version in production.

        Raises:
            NotFoundError: if there is no such dataset.
        """
        return await self._do(calls.dataset(dataset_id))

    async def dataset_report(self, dataset_id: str = "current") -> str:
        """What a dataset is made of, as an HTML page."""
        return await self._do(calls.dataset_report(dataset_id))

    async def dataset_image(self, dataset_id: str, sha256: str) -> bytes:
        """One of its pictures as a JPEG of at most 256 px a side (admin)."""
        return await self._do(calls.dataset_image(dataset_id, sha256))

    async def start_run(self, request: RunRequest, *, idempotency_key: str | None = None) -> PipelineRun:
        """Start a training run (admin).

        Args:
            request: what it shall do.
            idempotency_key: asking twice with the same key starts one run.

        Raises:
            NotAllowedError: if the key is missing or wrong.
            ConflictError: if the idempotency key was used for another request.
            TemporarilyUnavailableError: if Airflow is away.
        """
        return await self._do(calls.start_run(request, idempotency_key))

    async def run(self, run_id: str) -> PipelineRun:
        """How far a run is.

        Raises:
            NotFoundError: if there is no such run.
        """
        return await self._do(calls.run(run_id))

    async def runs(self, *, limit: int = 20) -> tuple[RunSummary, ...]:
        """The last runs, newest first."""
        return (await self._do(calls.runs(limit=limit))).runs

    async def cancel_run(self, run_id: str) -> PipelineRun:
        """Stop a run; its steps end within 10 s and leave nothing half-published (admin).

        Raises:
            ConflictError: if it has ended.
        """
        return await self._do(calls.cancel_run(run_id))

    async def task_logs(self, run_id: str, task: str, *, try_number: int | None = None, lines: int = 500) -> TaskLogs:
        """The last lines of a step's log, of its last try by default (admin)."""
        return await self._do(calls.task_logs(run_id, task, try_number=try_number, lines=lines))

    async def run_schema(self) -> RunSchema:
        """What a training run can be given."""
        return await self._do(calls.run_schema())

    async def pipeline_health(self) -> PipelineHealth:
        """Whether runs can be started and get on.

        Raises:
            TemporarilyUnavailableError: if Airflow is away.
        """
        return await self._do(calls.pipeline_health())

    async def airflow(self) -> AirflowState:
        """Whether Airflow's processes run."""
        return await self._do(calls.airflow())

    async def start_airflow(self) -> AirflowState:
        """Start those of Airflow's processes that are stopped (admin)."""
        return await self._do(calls.start_airflow())

    async def give_feedback(
        self, prediction_id: str, label: str | None, *, consent: bool = False, image: bytes | None = None
    ) -> FeedbackReceipt:
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
        return await self._do(calls.give_feedback(prediction_id, label, consent=consent, image=image))

    async def feedback(
        self, *, status: FeedbackStatus | None = None, limit: int = 50, after: str | None = None
    ) -> FeedbackPage:
        """Corrections, newest first (admin); `after` is the `next` of the page before."""
        return await self._do(calls.feedback(status=status, limit=limit, after=after))

    async def feedback_image(self, feedback_id: str) -> bytes:
        """The photo of a correction, a JPEG (admin).

        Raises:
            NotFoundError: if there is none.
        """
        return await self._do(calls.feedback_image(feedback_id))

    async def accept_feedback(self, feedback_id: str) -> FeedbackItem:
        """Let the next dataset learn from a correction (admin).

        Raises:
            ConflictError: if it was dismissed.
        """
        return await self._do(calls.accept_feedback(feedback_id))

    async def dismiss_feedback(self, feedback_id: str) -> FeedbackItem:
        """Set a correction aside and delete its photo (admin).

        Raises:
            ConflictError: if it was accepted.
        """
        return await self._do(calls.dismiss_feedback(feedback_id))

    async def wait(self, run_id: str, *, timeout_s: float | None = None, poll_s: float = 2.0) -> PipelineRun:
        """The run once it has finished, well or not.

        A gateway or Airflow that is away for less than `PATIENCE_S` is waited for.

        Raises:
            RunTimeoutError: if it hasn't after `timeout_s`.
        """
        started = heard = time.monotonic()
        while True:
            try:
                run = await self.run(run_id)
                heard = time.monotonic()
            except (GatewayUnreachableError, TemporarilyUnavailableError):
                if time.monotonic() - heard > PATIENCE_S:
                    raise
            else:
                if run.finished:
                    return run
            if timeout_s is not None and time.monotonic() - started > timeout_s:
                raise RunTimeoutError(f"run {run_id} hasn't finished within {timeout_s:.0f} s; it goes on without us")
            await asyncio.sleep(poll_s)

    async def alive(self) -> bool:
        """Whether the gateway answers at all."""
        try:
            await self._do(calls.alive())
        except ClientError:
            return False
        return True

    async def readiness(self) -> Readiness:
        """Whether predictions can be answered now, and if not, why; never raises for a gateway that is away."""
        try:
            return await self._do(calls.readiness())
        except ClientError as error:
            return Readiness(ready=False, reason=str(error))

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _do(self, call: Call[T]) -> T:
        waited_s = 0.0
        while True:
            try:
                answer = await self._http.request(call.method, call.path, **call.options())
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise unreachable(self.base_url, error) from error
            if answer.is_success:
                return call.read(answer)
            refusal = refused(answer)
            pause = pause_s(call, refusal, waited_s=waited_s, patience_s=self._patience_s)
            if pause is None:
                raise refusal
            await asyncio.sleep(pause)
            waited_s += pause
