"""Answers a request: admission, decoding, and the run of the model. Knows neither gRPC nor HTTP.

Work that nobody waits for any more is taken out of the queue before it costs a core.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import imaging
from contracts.models.outputs import CLASSES, PIXELS, Signature
from contracts.models.outputs import Tensor as Output
from inference import Outputs, stack
from serving.errors import Code, RequestRefusedError
from serving.server.fair_queue import FairQueue
from serving.server.loading import LoadedVersion
from serving.server.metrics import Metrics
from serving.server.options import MAX_WAITING_IMAGES
from serving.server.registry import Registry, Target

Pixels = npt.NDArray[np.uint8]
Photos = Sequence[bytes]
Tensor = npt.NDArray[np.generic] | Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Call:
    target: Target
    signature: Signature
    images: Pixels | Photos
    """uint8 [N, side, side, 3], or N encoded pictures, as the signature takes them."""
    outputs: tuple[Output, ...] = ()
    """Which of the signature's outputs; nothing is all."""


@dataclass(frozen=True, slots=True)
class Prediction:
    version: int
    outputs: Mapping[str, Tensor]


class Predictor:
    """Runs calls on the versions of a registry; `close` it when the server ends."""

    def __init__(
        self, registry: Registry, metrics: Metrics, *, workers: int, max_waiting_images: int = MAX_WAITING_IMAGES
    ) -> None:
        self._registry = registry
        self._metrics = metrics
        self._max_waiting = max_waiting_images
        self._waiting = 0
        self.queue = FairQueue(workers)

    async def predict(self, call: Call, *, timeout_s: float | None) -> Prediction:
        """Answer one call within `timeout_s`; None is for ever.

        Raises:
            RequestRefusedError: NOT_FOUND, INVALID_ARGUMENT (also for a picture that can't be read),
                RESOURCE_EXHAUSTED or DEADLINE_EXCEEDED.
        """
        with self._admission(len(call.images)), self._registry.lease(call.target) as loaded:
            _check_size(call.images, loaded)
            wanted = _outputs_for(call, loaded)
            began = time.monotonic()
            try:
                async with asyncio.timeout(timeout_s):
                    outputs = await self._run(loaded, call.images, None if timeout_s is None else began + timeout_s)
            except TimeoutError as error:
                message = f"no answer within the {timeout_s:.3f} s that the caller gave"
                raise RequestRefusedError(Code.DEADLINE_EXCEEDED, message) from error
            self._metrics.ran(call.target.model, time.monotonic() - began)
            return Prediction(loaded.number, {one.name: _array(one, outputs, loaded) for one in wanted})

    @property
    def waiting_images(self) -> int:
        return self._waiting

    def close(self) -> None:
        self.queue.close()

    @contextmanager
    def _admission(self, images: int) -> Iterator[None]:
        if images == 0 or images > self._max_waiting:
            message = f"a request must bring 1 to {self._max_waiting} images, got {images}"
            raise RequestRefusedError(Code.INVALID_ARGUMENT, message)
        if self._waiting + images > self._max_waiting:
            message = f"{self._waiting} images are waiting already; try again later"
            raise RequestRefusedError(Code.RESOURCE_EXHAUSTED, message)
        self._waiting += images
        try:
            yield
        finally:
            self._waiting -= images

    async def _run(self, loaded: LoadedVersion, images: Pixels | Photos, deadline: float | None) -> Outputs:
        engine = loaded.engine
        size = engine.batch

        def run(worker: int, piece: int) -> Outputs:
            return engine.run(worker, _pixels(images, piece * size, size))

        kind = f"{type(engine).__name__} {'pixels' if isinstance(images, np.ndarray) else 'photos'}"
        parts = await self.queue.run(-(-len(images) // size), run, kind=kind, deadline=deadline)
        return parts[0] if len(parts) == 1 else stack(parts)


def _pixels(images: Pixels | Photos, start: int, count: int) -> Pixels:
    if isinstance(images, np.ndarray):
        return images[start : start + count]
    return np.stack([_decode(start + place, data) for place, data in enumerate(images[start : start + count])])


def _decode(number: int, data: bytes) -> Pixels:
    try:
        # by its name in the package, which imports Pillow with the first photo
        return imaging.read_pixels(data)
    except imaging.ImageRefusedError as error:
        raise RequestRefusedError(Code.INVALID_ARGUMENT, f"picture {number}: {error}") from error


def _check_size(images: Pixels | Photos, loaded: LoadedVersion) -> None:
    expected = PIXELS.sizes(loaded.sizes)
    if isinstance(images, np.ndarray) and images.shape[1:] != expected[1:]:
        wanted = ", ".join("N" if size is None else str(size) for size in expected)
        message = f"version {loaded.number} takes pixels of shape [{wanted}], got {list(images.shape)}"
        raise RequestRefusedError(Code.INVALID_ARGUMENT, message)


def _outputs_for(call: Call, loaded: LoadedVersion) -> tuple[Output, ...]:
    for output in call.outputs:
        if not loaded.gives(output):
            message = f"version {loaded.number} has no output {output.name!r}: it was published before there was one"
            raise RequestRefusedError(Code.INVALID_ARGUMENT, message)
    return call.outputs or tuple(output for output in call.signature.outputs if loaded.gives(output))


def _array(output: Output, outputs: Outputs, loaded: LoadedVersion) -> Tensor:
    return [label.encode() for label in loaded.classes] if output is CLASSES else outputs[output]
