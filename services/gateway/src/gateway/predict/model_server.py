"""The model server, over gRPC: one channel per process, a deadline on every call, a retry of UNAVAILABLE only.

After failures in a row a circuit breaker refuses requests at once, instead of each waiting for itself.

Knows TensorFlow Serving's API and nothing else, so the embedded server and TensorFlow Serving are the same to it.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import grpc
import numpy as np
import numpy.typing as npt
from google.protobuf.wrappers_pb2 import Int64Value

from contracts.models.decisions import Answer, decide
from contracts.models.outputs import (
    ANSWERED,
    EXPLAIN,
    EXPLAINED,
    PREDICT_PIXELS,
    PROBABILITIES,
    SUPPORT,
    Signature,
    Tensor,
)
from contracts.models.version import ModelDescription
from gateway.http import tracing
from gateway.http.errors import (
    BusyError,
    GatewayError,
    ModelServerAwayError,
    ModelServerFailedError,
    NotFoundError,
    NotReadyError,
    TooSlowError,
    UnusableVersionError,
)
from imaging import INPUT_SIDE_PX
from runtime.breaker import CircuitBreaker
from wire import InvalidTensorError, floats, from_tensor, request_head
from wire import serving_pb2 as pb
from wire.methods import MODEL_SERVICE, PREDICTION_SERVICE, Methods

PRODUCTION = "production"
CANDIDATE = "candidate"

SERVICE_CONFIG = {
    # where a name stands for several servers (dns:///model-server:8500), they take turns
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{"service": PREDICTION_SERVICE}, {"service": MODEL_SERVICE}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.05s",
                "maxBackoff": "0.5s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
OPTIONS = [
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.enable_retries", 1),
    # a restarted server on the same machine is back within a second; gRPC's own backoff grows to two minutes
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
]

NO_LABEL = "label"
"""What both servers' messages contain when a channel points nowhere; the status code alone doesn't tell."""

FAILURES_TO_OPEN = 5
PAUSE_S = 1.0
"""After which one request tries whether the server is back."""
PATIENT_S = 1.0
"""Only a call that was given at least this long says something about the server by taking too long."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which version to ask: one by its channel, or one by its number."""

    channel: str | None = PRODUCTION
    version: int | None = None

    def __str__(self) -> str:
        return f"channel {self.channel!r}" if self.version is None else f"version {self.version}"


@dataclass(frozen=True, slots=True)
class Served:
    version: int
    probabilities: list[float]
    """Of the K classes, calibrated."""
    support: float
    others: Mapping[str, npt.NDArray[np.generic]]
    """Whatever else was asked for, by its name in `contracts.models.outputs`, for this one photo."""

    def decide(self, description: ModelDescription) -> Answer:
        """The answer, or UnusableVersionError if the version and its description don't fit together."""
        try:
            return decide(self.probabilities, self.support, description.classes, description.thresholds)
        except ValueError as error:
            msg = f"Version {self.version} answered with other classes than its description names."
            raise UnusableVersionError(msg) from error


class ModelServer:
    """A connection to the model server; make it after the process was forked, inside the event loop."""

    def __init__(self, address: str, model: str) -> None:
        self.model = model
        self.breaker = CircuitBreaker(failures_to_open=FAILURES_TO_OPEN, pause_s=PAUSE_S)
        self._channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        self._predict = Methods.predict.on(self._channel, serialized=True)
        self._status = Methods.status.on(self._channel)

    async def predict(
        self, pixels: npt.NDArray[np.uint8], target: Target, *, explain: bool, timeout_s: float
    ) -> Served:
        """Ask about one photo: uint8 [side, side, 3], contiguous, as `imaging.read_pixels` gives them.

        `timeout_s` travels to the server as the call's deadline.
        """
        signature, outputs = (EXPLAIN, EXPLAINED) if explain else (PREDICT_PIXELS, ANSWERED)
        request = b"".join((_head(self.model, target, signature, outputs), pixels.data))
        with guarded(self.breaker, timeout_s=timeout_s):
            try:
                answer: pb.PredictResponse = await self._predict(
                    request, timeout=timeout_s, metadata=tracing.grpc_metadata()
                )
            except grpc.aio.AioRpcError as error:
                raise self._error_for(error, target) from error
            return self._read(answer, outputs)

    async def served_version(self, target: Target, *, timeout_s: float) -> int:
        """The number of a version that is AVAILABLE, or NotReadyError."""
        request = pb.GetModelStatusRequest(model_spec=_spec(self.model, target))
        try:
            answer: pb.GetModelStatusResponse = await self._status(request, timeout=timeout_s)
        except grpc.aio.AioRpcError as error:
            raise self._error_for(error, target) from error
        available = pb.ModelVersionStatus.State.AVAILABLE
        versions = [status.version for status in answer.model_version_status if status.state == available]
        if not versions:
            raise NotReadyError(f"No version is loaded for {target}.")
        return versions[0]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._channel.close()

    def _read(self, answer: pb.PredictResponse, asked: tuple[Tensor, ...]) -> Served:
        try:
            outputs = answer.outputs
            return Served(
                version=answer.model_spec.version.value,
                probabilities=floats(outputs[PROBABILITIES.name]),
                support=floats(outputs[SUPPORT.name])[0],
                others={
                    each.name: np.asarray(from_tensor(outputs[each.name])[0])
                    for each in asked
                    if each not in {PROBABILITIES, SUPPORT}
                },
            )
        except (InvalidTensorError, KeyError, IndexError, ValueError) as error:
            raise ModelServerFailedError("The model server answered in another form than was asked for.") from error

    def _error_for(self, error: grpc.aio.AioRpcError, target: Target) -> GatewayError:
        """What a failed call means.

        UNAVAILABLE: away. DEADLINE_EXCEEDED: too slow. RESOURCE_EXHAUSTED: its queue is full. NOT_FOUND, and
        INVALID_ARGUMENT about a label: there is no such version, which for production means that nothing is ready.
        Anything else is the server's fault.
        """
        code, details = error.code(), error.details() or ""
        match code:
            case grpc.StatusCode.UNAVAILABLE:
                return ModelServerAwayError("The model server doesn't answer.")
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return TooSlowError("The model server didn't answer before the deadline.")
            case grpc.StatusCode.RESOURCE_EXHAUSTED:
                return BusyError("The model server has too much to do.", reason="model_server_busy")
            case grpc.StatusCode.NOT_FOUND:
                return self._missing(target)
            case grpc.StatusCode.INVALID_ARGUMENT | grpc.StatusCode.FAILED_PRECONDITION if NO_LABEL in details:
                return self._missing(target)
        return ModelServerFailedError(f"The model server answered {code.name} for {target}.")

    def _missing(self, target: Target) -> GatewayError:
        if target.channel == PRODUCTION and target.version is None:
            return NotReadyError(f"No version of {self.model} is in production.")
        reason = "unknown_channel" if target.version is None else "unknown_version"
        advice = "Leave it out to ask the version in production."
        return NotFoundError(f"No {target} of {self.model} is served.", advice=advice, reason=reason)


@contextmanager
def guarded(
    breaker: CircuitBreaker, *, timeout_s: float, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Around one call that may take `timeout_s`; what becomes of it decides whether the circuit opens.

    While it is open, ModelServerAwayError is raised instead of the call.
    """
    if breaker.wait_s(clock()) > 0:
        raise ModelServerAwayError(
            "The model server has failed several times in a row; it is asked again in a moment.",
            reason="circuit_open",
            retry_after_s=max(1, round(PAUSE_S)),
        )
    is_trial = breaker.started()
    try:
        yield
    except GatewayError as error:
        if _blames_the_server(error, timeout_s):
            breaker.failed(clock())
        else:
            breaker.answered()
        raise
    except BaseException:  # the client has disconnected
        if is_trial:
            breaker.abandoned(clock())
        raise
    breaker.answered()


def _blames_the_server(error: GatewayError, timeout_s: float) -> bool:
    if isinstance(error, TooSlowError):
        return timeout_s >= PATIENT_S
    return isinstance(error, ModelServerAwayError | ModelServerFailedError)


@lru_cache(maxsize=32)
def _head(model: str, target: Target, signature: Signature, outputs: tuple[Tensor, ...]) -> bytes:
    """What goes before the pixels of one photo."""
    shape = (1, INPUT_SIDE_PX, INPUT_SIDE_PX, 3)
    names = [output.name for output in outputs]
    return request_head(_spec(model, target, signature.name), signature.input.name, shape, names)


def _spec(model: str, target: Target, signature: str = "") -> pb.ModelSpec:
    if target.version is not None:
        return pb.ModelSpec(name=model, version=Int64Value(value=target.version), signature_name=signature)
    return pb.ModelSpec(name=model, version_label=target.channel, signature_name=signature)
