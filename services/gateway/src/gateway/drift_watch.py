"""The drift of the version in production, kept at hand for whoever asks; a process of its own measures it."""

import asyncio
import json
import sys
import time

from pydantic import BaseModel, ConfigDict, Field

from contracts.steps import RESULT_PREFIX
from gateway.errors import NotReadyError, StoreAwayError
from gateway.metrics import Metrics

FRESH_S = 60.0
"""Who asks within this time gets the same answer."""


class Psi(BaseModel):
    """Population stability indices; null where there is nothing to compare."""

    model_config = ConfigDict(frozen=True)

    confidence: float | None
    classes: float | None
    brightness: float | None


class DriftAnswer(BaseModel):
    """How far the last seven days' predictions are from the images that the version was validated on."""

    model_config = ConfigDict(frozen=True)

    model: str = Field(examples=["acne"])
    version: int = Field(examples=[7])
    predictions: int = Field(ge=0, description="That were compared; with fewer than 100 nothing is called drift.")
    psi: Psi = Field(
        description="Below 0.1: nothing has changed; from 0.25: another population. Null: the version was published "
        "without anything to compare with, or there were no predictions."
    )
    drifted: bool


class DriftWatch:
    """Measures when asked, at most once a minute."""

    def __init__(self, model: str, environment: dict[str, str], metrics: Metrics) -> None:
        self._model = model
        self._environment = environment
        self._psi = metrics.psi
        self._lock = asyncio.Lock()
        self._last: tuple[float, DriftAnswer] | None = None

    async def answer(self) -> DriftAnswer:
        """The drift, not older than `FRESH_S`.

        Raises:
            NotReadyError: if nothing is in production.
            StoreAwayError: if it can't be measured.
        """
        async with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > FRESH_S:
                self._last = time.monotonic(), await self._measured()
            return self._last[1]

    async def _measured(self) -> DriftAnswer:
        command = [sys.executable, "-m", "gateway.cli", "drift", "--model", self._model]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=self._environment)
        output, errors = await process.communicate()
        if process.returncode == 2:
            raise NotReadyError(f"No version of {self._model} is in production.")
        lines = output.decode().splitlines()
        if process.returncode != 0 or not lines:
            raise StoreAwayError("The drift can't be measured.") from RuntimeError(errors.decode(errors="replace"))
        found = DriftAnswer.model_validate(json.loads(lines[-1].removeprefix(RESULT_PREFIX)))
        for name, value in found.psi.model_dump().items():
            if value is not None:
                self._psi.labels(str(found.version), name).set(value)
        return found
