"""Shows the candidate photos that production has answered, and counts how often it disagrees.

It must cost no request any time: it begins after the answer, and not while others wait.
"""

import asyncio

import numpy as np
import numpy.typing as npt

from gateway.http.errors import GatewayError
from gateway.http.metrics import Metrics
from gateway.predict.descriptions import Descriptions
from gateway.predict.model_server import CANDIDATE, ModelServer, Target

AT_ONCE = 2
TIMEOUT_S = 5.0


class Shadow:
    """The candidate beside production."""

    def __init__(self, server: ModelServer, descriptions: Descriptions, metrics: Metrics) -> None:
        self._server = server
        self._descriptions = descriptions
        self._outcomes = metrics.shadow
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, pixels: npt.NDArray[np.uint8], label: str, *, busy: bool) -> None:
        """Compare the candidate's top class with `label`, unless there is too much to do."""
        if busy or len(self._tasks) >= AT_ONCE:
            self._outcomes("skipped").inc()
            return
        task = asyncio.create_task(self._compare(pixels, label))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _compare(self, pixels: npt.NDArray[np.uint8], label: str) -> None:
        try:
            served = await self._server.predict(pixels, Target(CANDIDATE), explain=False, timeout_s=TIMEOUT_S)
            description = await self._descriptions.of(served.version, timeout_s=TIMEOUT_S)
            same = served.decide(description).ranked[0].label == label
            self._outcomes("agree" if same else "disagree").inc()
        except GatewayError:
            self._outcomes("failed").inc()
