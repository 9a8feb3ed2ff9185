"""The client for asyncio: the same calls as `client.Client`, each to be awaited."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
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


class AsyncClient(Calls):
    """A connection to one gateway. Use it from one event loop; close it, or use `async with`."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        patience_s: float = DEFAULT_PATIENCE_S,
    ) -> None:
        """Prepare a connection, as `Client` does; nothing is sent yet."""
        self.base_url = base_url.rstrip("/")
        self._patience_s = patience_s
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=timeout_s, headers=headers(api_key))

    async def predict_batch(
        self, photos: Mapping[str, bytes] | bytes, *, top_k: int = 3
    ) -> AsyncIterator[tuple[int, BatchItem]]:
        """Ask about many photos; as `Client.predict_batch`."""
        try:
            async with self._http.stream("POST", BATCH_PATH, **batch_options(photos, top_k=top_k)) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise error_of(answer)
                count = batch_size(answer)
                async for line in answer.aiter_lines():
                    yield count, batch_item(line)
        except httpx.HTTPError as error:
            raise unreachable(self.base_url, error) from error

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
            await self._livez()
        except ClientError:
            return False
        return True

    async def readiness(self) -> Readiness:
        """Whether predictions can be answered now, and if not, why; never raises for a gateway that is away."""
        try:
            return await self._readyz()
        except ClientError as error:
            return Readiness(ready=False, reason=str(error))

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def _send(self, call: Call[T]) -> T:
        waited_s = 0.0
        while True:
            try:
                answer = await self._http.request(call.method, call.path, **call.options())
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise unreachable(self.base_url, error) from error
            if answer.is_success:
                return call.read(answer)
            refusal = error_of(answer)
            pause = call.pause_s(refusal, waited_s=waited_s, patience_s=self._patience_s)
            if pause is None:
                raise refusal
            await asyncio.sleep(pause)
            waited_s += pause
