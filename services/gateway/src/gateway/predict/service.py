"""What the gateway does, without any HTTP: the bytes of a photo in, an answer that admits what it doesn't know out.

Decoding happens in threads (Pillow releases the GIL), everything else on the event loop. Nothing of the photo is kept
or logged; what is kept of an answer is a summary without it.
"""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from contracts.decisions import Answer
from contracts.model import ModelDescription
from contracts.traffic import TrafficMode
from gateway.drift.summaries import Summaries, Summary
from gateway.http import tracing
from gateway.http.errors import NotFoundError, RefusedImageError, TooSlowError
from gateway.http.metrics import Metrics
from gateway.models.traffic import Router
from gateway.predict.admission import Admission
from gateway.predict.decoding import Photo, of_pixels, read_photo
from gateway.predict.descriptions import Descriptions
from gateway.predict.model_server import CANDIDATE, ModelServer, Served, Target
from gateway.predict.prediction_id import PredictionIds, pixels_digest
from gateway.predict.shadow import Shadow, decided
from imaging import ImageRefusedError


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks for what, and for how long they wait."""

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
class Predicted:
    """One photo's answer, and who gave it."""

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
        self._shadow = Shadow(server, descriptions, metrics)
        self._decoders = ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="decode")

    async def predict(self, image: bytes, ask: Ask) -> Predicted:
        """Answer one photo.

        Args:
            image: JPEG, PNG, WebP or HEIC.
            ask: who asks for what.

        Raises:
            BusyError: if there is no room for it.
            RefusedImageError: if the photo can't be used.
            TooSlowError: if the deadline passed.
            GatewayError: as `ModelServer.predict` and `Descriptions.of`.
        """
        return await self._answer(lambda: read_photo(image), ask)

    async def predict_pixels(self, pixels: npt.NDArray[np.uint8], ask: Ask) -> Predicted:
        """Answer one photo that was decoded elsewhere, uint8 [224, 224, 3].

        Raises:
            GatewayError: as `predict`.
        """
        return await self._answer(lambda: of_pixels(pixels), ask)

    async def ready(self, *, timeout_s: float) -> ModelDescription:
        """The version in production, if predictions can be answered now.

        Raises:
            GatewayError: why they can't.
        """
        return await self.describe(Target(), timeout_s=timeout_s)

    async def describe(self, target: Target, *, timeout_s: float) -> ModelDescription:
        """What is known of a version that is served.

        Raises:
            GatewayError: why it can't answer.
        """
        deadline = time.perf_counter() + timeout_s
        version = await self._server.served_version(target, timeout_s=timeout_s)
        return await self._descriptions.of(version, timeout_s=_remaining(deadline))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shadow.close()
        self._decoders.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, read: Callable[[], Photo], ask: Ask) -> Predicted:
        began = time.perf_counter()
        deadline = began + ask.deadline_s
        async with self.admission.place(ask.client, within_s=ask.deadline_s, patient=ask.patient):
            admitted = time.perf_counter()
            with tracing.span("decode"):
                photo, digest = await self._decode(read, _remaining(deadline))
            decoded = time.perf_counter()
            mode = TrafficMode.OFF if ask.target else self._router.mode(digest)
            with tracing.span("model"):
                target, served = await self._ask(photo, ask, mode, deadline)
            answered = time.perf_counter()
        description = await self._descriptions.of(served.version, timeout_s=_remaining(deadline))
        answer = decided(served, description)
        label = answer.ranked[0].label
        if mode is TrafficMode.SHADOW:
            self._shadow.show(photo.pixels, label, busy=self.admission.waiting > 0)
        now = datetime.now(UTC)
        timing = Timing(
            queue_ms=(admitted - began) * 1000,
            decode_ms=(decoded - admitted) * 1000,
            model_ms=(answered - decoded) * 1000,
            total_ms=(time.perf_counter() - began) * 1000,
        )
        number = self._ids.issue(model=description.name, version=served.version, label=label, digest=digest, at=now)
        predicted = Predicted(number, now, answer, served, description, target, timing)
        self._record(predicted, photo.brightness)
        return predicted

    async def _decode(self, read: Callable[[], Photo], timeout_s: float) -> tuple[Photo, str]:
        def work() -> tuple[Photo, str]:
            photo = read()
            return photo, pixels_digest(photo.pixels)

        decoding = asyncio.get_running_loop().run_in_executor(self._decoders, work)
        try:
            async with asyncio.timeout(timeout_s):
                return await decoding
        except ImageRefusedError as refusal:
            raise RefusedImageError(refusal) from refusal
        except TimeoutError as error:
            raise TooSlowError("The photo wasn't decoded before the deadline.") from error

    async def _ask(self, photo: Photo, ask: Ask, mode: TrafficMode, deadline: float) -> tuple[Target, Served]:
        targets = [ask.target or Target()]
        if mode is TrafficMode.SPLIT:
            targets.insert(0, Target(CANDIDATE))
        for target in targets:
            try:
                timeout_s = _remaining(deadline)
                return target, await self._server.predict(
                    photo.pixels, target, explain=ask.explain, timeout_s=timeout_s
                )
            except NotFoundError:
                if target is targets[-1]:
                    raise  # else there is no candidate at the moment
        raise AssertionError

    def _record(self, predicted: Predicted, brightness: float) -> None:
        answer, timing, metrics = predicted.answer, predicted.timing, self._metrics
        top, version = answer.ranked[0], predicted.served.version
        metrics.predictions(version, answer.decision.value, top.label).inc()
        metrics.confidence(version).observe(top.probability)
        metrics.stage["queue"].observe(timing.queue_ms / 1000)
        metrics.stage["decode"].observe(timing.decode_ms / 1000)
        metrics.stage["model"].observe(timing.model_ms / 1000)
        metrics.stage["total"].observe(timing.total_ms / 1000)
        self._summaries.add(
            Summary(
                at=predicted.at,
                version=version,
                channel=predicted.target.channel,
                label=top.label,
                confidence=top.probability,
                decision=answer.decision.value,
                support=predicted.served.support,
                brightness=brightness,
                total_ms=timing.total_ms,
            )
        )


def _remaining(deadline: float) -> float:
    remaining_s = deadline - time.perf_counter()
    if remaining_s <= 0:
        raise TooSlowError("The deadline passed before there was an answer.")
    return remaining_s
