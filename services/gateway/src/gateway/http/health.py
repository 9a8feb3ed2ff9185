"""`/livez`, `/readyz` and `/metrics`, for people, load balancers, the stack and Prometheus."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts.api.predict import Alive, Ready
from gateway.http import errors
from gateway.http.dependencies import TheMetrics, ThePredictor
from gateway.http.metrics import CONTENT_TYPE
from gateway.http.problems import problem_responses
from gateway.predict.model_server import Target

READINESS_TIMEOUT_S = 3.0
"""Whoever asks wants to know now."""

ENDINGS = (
    errors.NotReadyError,
    errors.ModelServerAwayError,
    errors.ModelServerFailedError,
    errors.StoreAwayError,
    errors.UnusableVersionError,
    errors.TooSlowError,
)
"""Why predictions can't be answered."""

router = APIRouter(tags=["health"])


@router.get("/livez", operation_id="livez", summary="Whether the gateway itself runs")
async def livez() -> Alive:
    """Asks nobody else."""
    return Alive()


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Whether predictions can be answered",
    responses=problem_responses(*ENDINGS),
)
async def readyz(predictor: ThePredictor) -> Ready:
    """The version in production is loaded by the model server, and its description was read."""
    description = await predictor.describe(Target(), timeout_s=READINESS_TIMEOUT_S)
    reason = f"{description.name} version {description.version} is in production"
    return Ready(reason=reason, model=description.name, version=description.version)


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="What Prometheus asks for",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics_page(metrics: TheMetrics) -> Response:
    """Counts and durations; nothing of any photo or person."""
    return Response(metrics.page(), media_type=CONTENT_TYPE)
