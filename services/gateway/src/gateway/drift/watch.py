"""The drift of the version in production, kept at hand for whoever asks; a process of its own measures it."""

import asyncio
import json
import time
from contextlib import suppress

from contracts.api.drift import DriftAnswer
from contracts.drift import ENOUGH
from contracts.steps import RESULT_PREFIX, Exit
from gateway.http.errors import NotReadyError, StoreAwayError
from gateway.http.metrics import Metrics
from gateway.store.background import in_background

FRESH_S = 60.0
"""Who asks within this time gets the same answer."""
FIRST_S = 300.0
EVERY_S = 3600.0
"""When it's measured without being asked, for the metric: after the start, and from then on."""
NICE = 5
"""Of the process that measures: somebody may wait for it, but photos come first."""


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

    async def measure_now_and_then(self) -> None:
        """For the metric; never ends."""
        await asyncio.sleep(FIRST_S)
        while True:
            with suppress(NotReadyError, StoreAwayError):
                await self.answer()
            await asyncio.sleep(EVERY_S)

    async def _measured(self) -> DriftAnswer:
        command = ("gateway.cli", "drift", "--model", self._model)
        ended = await in_background(*command, environment=self._environment, nice=NICE)
        if ended.exit_code == Exit.INVALID:
            raise NotReadyError(f"No version of {self._model} is in production.")
        lines = ended.output.decode().splitlines()
        if ended.exit_code != Exit.DONE or not lines:
            raise StoreAwayError("The drift can't be measured.") from RuntimeError(ended.errors)
        found = DriftAnswer.model_validate(json.loads(lines[-1].removeprefix(RESULT_PREFIX)))
        self._tell(found)
        return found

    def _tell(self, found: DriftAnswer) -> None:
        """Set the metric: of the version in production alone, and only once there are enough predictions to judge."""
        self._psi.clear()
        if found.predictions < ENOUGH:
            return
        for name, value in found.psi.model_dump().items():
            if value is not None:
                self._psi.labels(str(found.version), name).set(value)
