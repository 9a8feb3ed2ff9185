"""The drift that the DAG Drift-Check measured last, read from the store for the API and for the metrics."""

import asyncio
from contextlib import suppress
from typing import Self

from contracts import keys
from contracts.models.drift import ENOUGH, DriftReport, Psi
from gateway.http.errors import GatewayError, NotReadyError
from gateway.http.metrics import Metrics
from gateway.models.catalogue import Models
from gateway.store.storage import Storage

EVERY_S = 60.0
"""How often it is read for the metrics."""


class LatestDrift:
    """Of the model that this gateway serves. Use it with `async with`, so that the metrics follow."""

    def __init__(self, model: str, storage: Storage, metrics: Metrics) -> None:
        self._model = model
        self._storage = storage
        self._models = Models(storage)
        self._psi = metrics.psi
        self._task: asyncio.Task[None] | None = None

    async def read(self) -> DriftReport:
        """That of the version in production; without figures if it wasn't measured yet.

        Raises:
            NotReadyError: if nothing is in production.
        """
        version = await self._models.production(self._model)
        if version is None:
            raise NotReadyError(f"No version of {self._model} is in production.")
        found = await self._storage.find(keys.drift(self._model), DriftReport)
        if found is None or found.version != version:
            nothing = Psi(confidence=None, classes=None, brightness=None)
            found = DriftReport(model=self._model, version=version, predictions=0, psi=nothing, drifted=False)
        self._set_metrics(found)
        return found

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_metrics())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _keep_metrics(self) -> None:
        while True:
            with suppress(GatewayError):
                await self.read()
            await asyncio.sleep(EVERY_S)

    def _set_metrics(self, found: DriftReport) -> None:
        """Of the version in production alone, and only once there are enough predictions to judge."""
        self._psi.clear()
        if found.predictions < ENOUGH:
            return
        for name, value in found.psi.model_dump().items():
            if value is not None:
                self._psi.labels(str(found.version), name).set(value)
