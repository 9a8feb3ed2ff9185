"""The client: one method per thing that the gateway can do. `aio.AsyncClient` is the same for asyncio.

A gateway that says "not now, come again in so many seconds" is obeyed, for `patience_s` in all; after that, and at once
where nothing was said, `TemporarilyUnavailableError` is the caller's to deal with.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Self, TypeVar

import httpx

from acneflow_client.calls import Calls
from acneflow_client.errors import ClientError, GatewayUnreachableError, RunTimeoutError, TemporarilyUnavailableError
from acneflow_client.sending import (
    BATCH_PATH,
    DEFAULT_PATIENCE_S,
    DEFAULT_TIMEOUT_S,
    PATIENCE_S,
    Call,
    batch_item,
    batch_options,
    batch_size,
    error_of,
    headers,
    unreachable,
)
from contracts.api.predict import BatchItem, Readiness
from contracts.api.runs import PipelineRun

T = TypeVar("T")


class Client(Calls):
    """A connection to one gateway. Safe to share between threads; close it, or use `with`."""

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
        self._http = httpx.Client(base_url=self.base_url, timeout=timeout_s, headers=headers(api_key))

    def predict_batch(self, photos: Mapping[str, bytes] | bytes, *, top_k: int = 3) -> Iterator[tuple[int, BatchItem]]:
        """Ask about many photos; what becomes of each comes as soon as it is known, with how many there are.

        Args:
            photos: photos by name, or a ZIP of photos.
            top_k: how many classes to name of each.

        Raises:
            TemporarilyUnavailableError: if other batches are worked on; nothing was done then.
            ClientError: as any other call, also in the middle of a batch whose gateway goes away.
        """
        try:
            with self._http.stream("POST", BATCH_PATH, **batch_options(photos, top_k=top_k)) as answer:
                if not answer.is_success:
                    answer.read()
                    raise error_of(answer)
                count = batch_size(answer)
                for line in answer.iter_lines():
                    yield count, batch_item(line)
        except httpx.HTTPError as error:
            raise unreachable(self.base_url, error) from error

    def follow(self, run_id: str, *, timeout_s: float | None = None, poll_s: float = 2.0) -> Iterator[PipelineRun]:
        """A run as it is now, then again after every change, until it has finished.

        A gateway or Airflow that is away for less than `PATIENCE_S` is waited for.

        Raises:
            RunTimeoutError: if it hasn't finished after `timeout_s`.
        """
        started = heard = time.monotonic()
        last: PipelineRun | None = None
        while True:
            try:
                now = self.run(run_id)
                heard = time.monotonic()
            except (GatewayUnreachableError, TemporarilyUnavailableError):
                if time.monotonic() - heard > PATIENCE_S:
                    raise
            else:
                if last is None or _state(last) != _state(now):
                    yield now
                last = now
                if now.finished:
                    return
            if timeout_s is not None and time.monotonic() - started > timeout_s:
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
            self._livez()
        except ClientError:
            return False
        return True

    def readiness(self) -> Readiness:
        """Whether predictions can be answered now, and if not, why; never raises for a gateway that is away."""
        try:
            return self._readyz()
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

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _send(self, call: Call[T]) -> T:
        waited_s = 0.0
        while True:
            try:
                answer = self._http.request(call.method, call.path, **call.options())
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise unreachable(self.base_url, error) from error
            if answer.is_success:
                return call.read(answer)
            refusal = error_of(answer)
            pause = call.pause_s(refusal, waited_s=waited_s, patience_s=self._patience_s)
            if pause is None:
                raise refusal
            time.sleep(pause)
            waited_s += pause


def _state(run: PipelineRun) -> object:
    """All of a run but what the clock alone moves."""
    return run.state, [(task.id, task.state, task.try_number, task.result) for task in run.tasks]
