"""The client itself: one method per thing that the gateway can do.

It retries nothing by itself except where it waits for something (`follow`, `wait`, `wait_until_ready`): whether a
prediction is worth a second try is the caller's to decide, and `TemporarilyUnavailableError` says when.
"""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from acneflow_client.answers import PipelineRun, Prediction, Readiness, RunList, RunRequest, RunSummary
from acneflow_client.errors import (
    ClientError,
    GatewayUnreachableError,
    RunTimeoutError,
    TemporarilyUnavailableError,
    UnexpectedAnswerError,
    problem_error,
)

T = TypeVar("T")

DEFAULT_TIMEOUT_S = 30.0
"""Longer than the gateway's own deadline, so that its word on a slow model server arrives."""

PATIENCE_S = 60.0
"""How long a gateway or Airflow may be away while a run is followed (both may be restarted meanwhile)."""


class Client:
    """A connection to one gateway. Safe to share between threads; close it, or use `with`."""

    def __init__(self, base_url: str, admin_key: str | None = None, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Prepare a connection; nothing is sent yet.

        Args:
            base_url: where the gateway is, for example `http://127.0.0.1:8000`.
            admin_key: needed to start training runs.
            timeout_s: how long one answer may take.
        """
        self.base_url = base_url.rstrip("/")
        self._admin = {} if admin_key is None else {"Authorization": f"Bearer {admin_key}"}
        self._http = httpx.Client(base_url=self.base_url, timeout=timeout_s)

    def predict(
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
        options = {"top_k": top_k, "explain": explain or None, "channel": channel, "version": version}
        query = {name: value for name, value in options.items() if value is not None}
        return self._call("POST", "/v1/predict", Prediction, params=query, files={"image": ("image", image)})

    def start_run(self, request: RunRequest, *, idempotency_key: str | None = None) -> PipelineRun:
        """Start a training run (admin).

        Args:
            request: what it shall do.
            idempotency_key: asking twice with the same key starts one run.

        Raises:
            NotAllowedError: if the admin key is missing or wrong.
            TemporarilyUnavailableError: if Airflow is away.
        """
        headers = {**self._admin, **({} if idempotency_key is None else {"Idempotency-Key": idempotency_key})}
        body = request.model_dump(mode="json", exclude_none=True)
        return self._call("POST", "/v1/pipeline/runs", PipelineRun, json=body, headers=headers)

    def run(self, run_id: str) -> PipelineRun:
        """How far a run is.

        Raises:
            NotFoundError: if there is no such run.
        """
        return self._call("GET", f"/v1/pipeline/runs/{quote(run_id, safe='')}", PipelineRun, headers=self._admin)

    def runs(self, *, limit: int = 20) -> tuple[RunSummary, ...]:
        """The last runs, newest first."""
        found = self._call("GET", "/v1/pipeline/runs", RunList, params={"limit": limit}, headers=self._admin)
        return found.runs

    def follow(self, run_id: str, *, timeout_s: float | None = None, poll_s: float = 2.0) -> Iterator[PipelineRun]:
        """A run as it is now, then again after every change, until it has finished.

        A gateway or Airflow that is away for less than `PATIENCE_S` is waited for.

        Raises:
            RunTimeoutError: if it hasn't finished after `timeout_s`.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        last: PipelineRun | None = None
        heard = time.monotonic()
        while True:
            try:
                now = self.run(run_id)
                heard = time.monotonic()
            except (GatewayUnreachableError, TemporarilyUnavailableError):
                if time.monotonic() - heard > PATIENCE_S:
                    raise
            else:
                if last is None or _changed(last, now):
                    yield now
                last = now
                if now.finished:
                    return
            if deadline is not None and time.monotonic() > deadline:
                raise RunTimeoutError(f"run {run_id} hasn't finished within {timeout_s:.0f} s; it goes on without us")
            time.sleep(poll_s)

    def wait(self, run_id: str, *, timeout_s: float | None = None, poll_s: float = 2.0) -> PipelineRun:
        """The run once it has finished, well or not.

        Raises:
            RunTimeoutError: if it hasn't after `timeout_s`.
        """
        *_, last = self.follow(run_id, timeout_s=timeout_s, poll_s=poll_s)
        return last

    def alive(self) -> bool:
        """Whether the gateway answers at all."""
        try:
            self._send("GET", "/livez")
        except ClientError:
            return False
        return True

    def readiness(self) -> Readiness:
        """Whether predictions can be answered now, and if not, why; never raises for a gateway that is away."""
        try:
            return self._call("GET", "/readyz", Readiness)
        except ClientError as error:
            return Readiness(ready=False, reason=str(error))

    def ready(self) -> bool:
        """Whether a version is in production and can answer predictions now."""
        return self.readiness().ready

    def wait_until_ready(self, *, timeout_s: float, poll_s: float = 0.5) -> Readiness:
        """Wait for `ready`; if it isn't in time, the last answer tells why."""
        deadline = time.monotonic() + timeout_s
        while True:
            readiness = self.readiness()
            if readiness.ready or time.monotonic() > deadline:
                return readiness
            time.sleep(poll_s)

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: str, path: str, kind: type[T], **options: Any) -> T:
        answer = self._send(method, path, **options)
        try:
            return TypeAdapter(kind).validate_json(answer.content)
        except ValidationError as error:
            msg = f"{self.base_url}{path} answered something that is no {kind.__name__}; is it of the same release?"
            raise UnexpectedAnswerError(msg) from error

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TimeoutException as error:
            raise GatewayUnreachableError(f"the gateway at {self.base_url} didn't answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            msg = f"the gateway at {self.base_url} can't be reached; is it running?"
            raise GatewayUnreachableError(msg) from error
        if answer.is_success:
            return answer
        raise problem_error(answer.status_code, answer.content, answer.headers.get("Retry-After"))


def _changed(before: PipelineRun, now: PipelineRun) -> bool:
    """Whether anything but the clock has moved."""

    def state(run: PipelineRun) -> object:
        return run.state, [(task.id, task.state, task.try_number, task.result) for task in run.tasks]

    return state(before) != state(now)
