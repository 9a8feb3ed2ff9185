"""What the gateway does, without any HTTP: the bytes of a photo in, an answer that admits what it doesn't know out.

Decoding happens in threads (Pillow releases the GIL), everything else on the event loop. Nothing of the photo is kept
or logged; what is kept of an answer is a summary without it.
"""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import numpy as np
import numpy.typing as npt

from contracts.models.decisions import Answer
from contracts.models.traffic import TrafficMode
from contracts.models.version import ModelDescription
from gateway.drift.summaries import Summaries, Summary
from gateway.http import tracing
from gateway.http.errors import GatewayError, NotFoundError, RefusedImageError, TooSlowError
from gateway.http.metrics import Metrics
from gateway.models.traffic import Router
from gateway.predict.admission import Admission
from gateway.predict.descriptions import Descriptions
from gateway.predict.model_server import CANDIDATE, ModelServer, Served, Target
from gateway.predict.prediction_id import PredictionIds, pixels_digest
from imaging import ImageRefusedError, mean_luma, read_pixels

SHADOWS_AT_ONCE = 2
SHADOW_TIMEOUT_S = 5.0

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PredictionOptions:
    target: Target | None
    """None leaves it to the traffic rules."""
    client: str
    """Clients take turns."""
    deadline_s: float
    """From now."""
    explain: bool = False
    patient: bool = False
    """Wait for a place even if the queue is full; for parts of a batch, which limits itself."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time went, in milliseconds, from when the photo had arrived."""

    queue_ms: float
    decode_ms: float
    model_ms: float
    total_ms: float


@dataclass(frozen=True, slots=True)
class PredictionResult:
    id: str
    """By which a correction names it."""
    at: datetime
    answer: Answer
    served: Served
    description: ModelDescription
    target: Target
    timing: Timing


class Predictor:
    """Answers photos through one model server. Use it with `async with`, so that its threads end."""

    def __init__(
        self,
        server: ModelServer,
        descriptions: Descriptions,
        *,
        admission: Admission,
        router: Router,
        ids: PredictionIds,
        summaries: Summaries,
        metrics: Metrics,
    ) -> None:
        self.admission = admission
        self._server = server
        self._descriptions = descriptions
        self._router = router
        self._ids = ids
        self._summaries = summaries
        self._metrics = metrics
        self._shadow = _Shadow(server, descriptions, metrics)
        self._decoders = ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="decode")

    async def predict(self, photo: bytes | Pixels, options: PredictionOptions) -> PredictionResult:
        """Answer one photo: encoded, or as `imaging.read_pixels` gives it where it was decoded elsewhere.

        Raises:
            BusyError: if there is no room for it.
            RefusedImageError: if the photo can't be used.
            TooSlowError: if the deadline passed.
            GatewayError: as `ModelServer.predict` and `Descriptions.of`.
        """
        began = time.perf_counter()
        deadline = began + options.deadline_s
        async with self.admission.place(options.client, within_s=options.deadline_s, patient=options.patient):
            admitted = time.perf_counter()
            with tracing.span("decode"):
                decoded = await self._decode(photo, _remaining(deadline))
            asked = time.perf_counter()
            mode = TrafficMode.OFF if options.target else self._router.mode(decoded.digest)
            with tracing.span("model"):
                target, served = await self._ask(decoded.pixels, options, mode, deadline)
            answered = time.perf_counter()
        description = await self._descriptions.of(served.version, timeout_s=_remaining(deadline))
        answer = served.decide(description)
        label = answer.ranked[0].label
        if mode is TrafficMode.SHADOW:
            self._shadow.show(decoded.pixels, label, busy=self.admission.waiting > 0)
        now = datetime.now(UTC)
        timing = Timing(
            queue_ms=(admitted - began) * 1000,
            decode_ms=(asked - admitted) * 1000,
            model_ms=(answered - asked) * 1000,
            total_ms=(time.perf_counter() - began) * 1000,
        )
        prediction_id = self._ids.issue(
            model=description.name, version=served.version, label=label, digest=decoded.digest, at=now
        )
        result = PredictionResult(prediction_id, now, answer, served, description, target, timing)
        self._record(result, decoded.brightness)
        return result

    async def describe(self, target: Target, *, timeout_s: float) -> ModelDescription:
        """What is known of a version that is served; a GatewayError says why it can't answer."""
        deadline = time.perf_counter() + timeout_s
        version = await self._server.served_version(target, timeout_s=timeout_s)
        return await self._descriptions.of(version, timeout_s=_remaining(deadline))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._shadow.close()
        self._decoders.shutdown(wait=False, cancel_futures=True)

    async def _decode(self, photo: bytes | Pixels, timeout_s: float) -> "_Decoded":
        def work() -> _Decoded:
            pixels = read_pixels(photo) if isinstance(photo, bytes) else photo
            return _Decoded(pixels, mean_luma(pixels), pixels_digest(pixels))

        decoding = asyncio.get_running_loop().run_in_executor(self._decoders, work)
        try:
            async with asyncio.timeout(timeout_s):
                return await decoding
        except ImageRefusedError as refusal:
            raise RefusedImageError(refusal) from refusal
        except TimeoutError as error:
            raise TooSlowError("The photo wasn't decoded before the deadline.") from error

    async def _ask(
        self, pixels: Pixels, options: PredictionOptions, mode: TrafficMode, deadline: float
    ) -> tuple[Target, Served]:
        targets = [options.target or Target()]
        if mode is TrafficMode.SPLIT:
            targets.insert(0, Target(CANDIDATE))
        for target in targets:
            try:
                timeout_s = _remaining(deadline)
                return target, await self._server.predict(pixels, target, explain=options.explain, timeout_s=timeout_s)
            except NotFoundError:
                if target is targets[-1]:
                    raise  # else there is no candidate at the moment
        raise AssertionError

    def _record(self, result: PredictionResult, brightness: float) -> None:
        answer, timing, metrics = result.answer, result.timing, self._metrics
        top, version = answer.ranked[0], result.served.version
        metrics.predictions(version, answer.decision.value, top.label).inc()
        metrics.confidence(version).observe(top.probability)
        metrics.stage["queue"].observe(timing.queue_ms / 1000)
        metrics.stage["decode"].observe(timing.decode_ms / 1000)
        metrics.stage["model"].observe(timing.model_ms / 1000)
        metrics.stage["total"].observe(timing.total_ms / 1000)
        self._summaries.add(
            Summary(
                at=result.at,
                version=version,
                channel=result.target.channel,
                label=top.label,
                confidence=top.probability,
                decision=answer.decision.value,
                support=result.served.support,
                brightness=brightness,
                total_ms=timing.total_ms,
            )
        )


class _Shadow:
    """Shows the candidate photos that production has answered, and counts how often it disagrees.

    It must cost no request any time: it begins after the answer, and not while others wait.
    """

    def __init__(self, server: ModelServer, descriptions: Descriptions, metrics: Metrics) -> None:
        self._server = server
        self._descriptions = descriptions
        self._outcomes = metrics.shadow
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, pixels: Pixels, label: str, *, busy: bool) -> None:
        """Compare the candidate's top class with `label`, unless there is too much to do."""
        if busy or len(self._tasks) >= SHADOWS_AT_ONCE:
            self._outcomes("skipped").inc()
            return
        task = asyncio.create_task(self._compare(pixels, label))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _compare(self, pixels: Pixels, label: str) -> None:
        try:
            served = await self._server.predict(pixels, Target(CANDIDATE), explain=False, timeout_s=SHADOW_TIMEOUT_S)
            description = await self._descriptions.of(served.version, timeout_s=SHADOW_TIMEOUT_S)
            same = served.decide(description).ranked[0].label == label
            self._outcomes("agree" if same else "disagree").inc()
        except GatewayError:
            self._outcomes("failed").inc()


@dataclass(frozen=True, slots=True)
class _Decoded:
    pixels: Pixels
    brightness: float
    """Mean luma, 0 to 255."""
    digest: str


def _remaining(deadline: float) -> float:
    remaining_s = deadline - time.perf_counter()
    if remaining_s <= 0:
        raise TooSlowError("The deadline passed before there was an answer.")
    return remaining_s
