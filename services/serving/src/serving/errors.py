"""Every error of this service. As a StepError, each ends a step with its message."""

from enum import IntEnum

from contracts.steps import StepError


class ServingError(StepError):
    """The root of what can go wrong here."""


class ModelConfigError(ServingError):
    """The model config file can't be used; the message says what is wrong with it."""


class VersionRefusedError(ServingError):
    """A version that must never be served; the message is the reason for its quarantine."""


class VolumeError(ServingError):
    """The serving volume can't take what it should; worth another try once somebody has made room."""


class ModelServerError(ServingError):
    """The model server gives no answer, or none that can be used; worth another try."""


class StartError(ServingError):
    """The server or the sidecar can't start; the message says what stands in the way."""


class VerificationError(ServingError):
    """A version isn't served as it should be."""


class Code(IntEnum):
    """Why a request is refused, by gRPC's canonical numbers (https://grpc.io/docs/guides/status-codes/)."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    INTERNAL = 13


class RequestRefusedError(ServingError):
    """A request that gets an error for an answer, with the code that TensorFlow Serving gives."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
