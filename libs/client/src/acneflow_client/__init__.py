"""The typed Python client of the gateway's REST API: the one way in which the page and the commands speak to it.

Start with `client.Client`; `answers` holds what it returns and `errors` what it raises.
"""

from acneflow_client.answers import (
    Decision,
    ModelInfo,
    PipelineRun,
    PipelineTask,
    Prediction,
    RankedClass,
    Readiness,
    RunRequest,
    RunState,
    RunSummary,
    Timing,
)
from acneflow_client.client import Client
from acneflow_client.errors import (
    ClientError,
    GatewayUnreachableError,
    ImageRefusedError,
    NotAllowedError,
    NotFoundError,
    ProblemError,
    RequestRefusedError,
    RunTimeoutError,
    TemporarilyUnavailableError,
    UnexpectedAnswerError,
)

__all__ = [
    "Client",
    "ClientError",
    "Decision",
    "GatewayUnreachableError",
    "ImageRefusedError",
    "ModelInfo",
    "NotAllowedError",
    "NotFoundError",
    "PipelineRun",
    "PipelineTask",
    "Prediction",
    "ProblemError",
    "RankedClass",
    "Readiness",
    "RequestRefusedError",
    "RunRequest",
    "RunState",
    "RunSummary",
    "RunTimeoutError",
    "TemporarilyUnavailableError",
    "Timing",
    "UnexpectedAnswerError",
]
