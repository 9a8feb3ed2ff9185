"""`GET /v1/models/{name}/drift`."""

from fastapi import APIRouter

from contracts.models.drift import DriftReport
from gateway.http.dependencies import TheDrift, TheSettings
from gateway.http.errors import DamagedObjectError, InvalidParametersError, NotFoundError, NotReadyError, StoreAwayError
from gateway.http.problems import problem_responses
from gateway.models.routes import ModelName, require_served

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get(
    "/{name}/drift",
    operation_id="getDrift",
    summary="Whether people ask about other pictures than the model was validated on",
    responses=problem_responses(
        NotFoundError, InvalidParametersError, NotReadyError, StoreAwayError, DamagedObjectError
    ),
)
async def get_drift(name: ModelName, drift: TheDrift, settings: TheSettings) -> DriftReport:
    """Of the version in production; as the DAG Drift-Check measured it last."""
    require_served(name, settings.model)
    return await drift.read()
