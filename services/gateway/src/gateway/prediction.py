"""What the gateway does, without any HTTP: the bytes of a photo in, an answer that admits what it doesn't know out.

Decoding happens in threads (Pillow releases the GIL), everything else on the event loop. Nothing of the photo is kept
or logged.
"""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from contracts.decisions import Answer, decide
from contracts.model import ModelDescription
from gateway.descriptions import Descriptions
from gateway.errors import RefusedImageError, TooSlowError, UnusableVersionError
from gateway.model_server import ModelServer, Target
from imaging import ImageRefusedError, read_pixels


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time went, in milliseconds."""

    decode_ms: float
    model_ms: float
    total_ms: float


@dataclass(frozen=True, slots=True)
class Predicted:
    """One photo's answer, and who gave it."""

    answer: Answer
    support: float
    heatmap: npt.NDArray[np.float32] | None
    """[7, 7], 0 to 1; only if it was asked for."""
    description: ModelDescription
    target: Target
    timing: Timing


class Predictor:
    """Answers photos through one model server. Use it with `async with`, so that its threads end."""

    def __init__(self, server: ModelServer, descriptions: Descriptions, *, deadline_s: float) -> None:
        self._server = server
        self._descriptions = descriptions
        self._deadline_s = deadline_s
        self._decoders = ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="decode")

    async def predict(self, image: bytes, target: Target, *, explain: bool = False) -> Predicted:
        """Answer one photo.

        Args:
            image: JPEG, PNG or WebP.
            target: which version to ask.
            explain: also return the activation map.

        Raises:
            RefusedImageError: if the photo can't be used.
            TooSlowError: if the deadline passed.
            GatewayError: as `ModelServer.predict` and `Descriptions.of`.
        """
        started = time.perf_counter()
        deadline = started + self._deadline_s
        pixels = await self._decode(image, _remaining(deadline))
        decoded = time.perf_counter()
        served = await self._server.predict(pixels, target, explain=explain, timeout_s=_remaining(deadline))
        answered = time.perf_counter()
        description = await self._descriptions.of(served.version, timeout_s=_remaining(deadline))
        try:
            answer = decide(served.probabilities.tolist(), served.support, description.classes, description.thresholds)
        except ValueError as error:
            msg = f"Version {served.version} answered with other classes than its description names."
            raise UnusableVersionError(msg) from error
        timing = Timing(
            decode_ms=(decoded - started) * 1000,
            model_ms=(answered - decoded) * 1000,
            total_ms=(time.perf_counter() - started) * 1000,
        )
        return Predicted(answer, served.support, served.heatmap, description, target, timing)

    async def ready(self, *, timeout_s: float) -> ModelDescription:
        """The version in production, if predictions can be answered now.

        Raises:
            GatewayError: why they can't.
        """
        deadline = time.perf_counter() + timeout_s
        version = await self._server.production_version(timeout_s=timeout_s)
        return await self._descriptions.of(version, timeout_s=_remaining(deadline))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._decoders.shutdown(wait=False, cancel_futures=True)

    async def _decode(self, image: bytes, timeout_s: float) -> npt.NDArray[np.uint8]:
        decoding = asyncio.get_running_loop().run_in_executor(self._decoders, read_pixels, image)
        try:
            return await asyncio.wait_for(decoding, timeout_s)
        except ImageRefusedError as refusal:
            raise RefusedImageError(refusal) from refusal
        except TimeoutError as error:
            raise TooSlowError("The photo wasn't decoded before the deadline.") from error


def _remaining(deadline: float) -> float:
    remaining_s = deadline - time.perf_counter()
    if remaining_s <= 0:
        raise TooSlowError("The deadline passed before there was an answer.")
    return remaining_s
