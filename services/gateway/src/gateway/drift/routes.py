"""`GET /v1/models/{name}/drift`."""

from fastapi import APIRouter

from contracts.api.drift import DriftAnswer
from gateway.http.dependencies import TheDriftWatch, TheSettings
from gateway.http.errors import InvalidParametersError, NotFoundError, NotReadyError, StoreAwayError
from gateway.http.problems import documented
from gateway.models.routes import ModelName

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get(
    "/{name}/drift",
    operation_id="getDrift",
    summary="Whether people ask about other pictures than the model was validated on",
    responses=documented(NotFoundError, InvalidParametersError, NotReadyError, StoreAwayError),
)
async def get_drift(name: ModelName, watch: TheDriftWatch, settings: TheSettings) -> DriftAnswer:
    """Of the version in production; measured at most once a minute. Summaries are written once a minute, too."""
    if name != settings.model:
        raise NotFoundError(f"This gateway serves {settings.model!r}, not {name!r}.", reason="unknown_model")
    return await watch.answer()
