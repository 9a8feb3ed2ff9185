"""What the routes are given: the parts that live as long as the app does.

All are `async`, since FastAPI sends every other function to a thread, which costs more than the function.
"""

from typing import Annotated, Any

from fastapi import Depends, Request

from contracts.models.traffic import Traffic
from gateway.airflow.starter import AirflowStarter
from gateway.batch.service import Batches
from gateway.datasets.service import Datasets
from gateway.drift.latest import LatestDrift
from gateway.feedback.service import Corrections
from gateway.http import errors
from gateway.http.metrics import Metrics
from gateway.models.catalogue import Models
from gateway.models.promotion import Promotion
from gateway.predict.prediction_id import PredictionIds
from gateway.predict.service import Predictor
from gateway.runs.service import Pipeline
from gateway.settings import GatewaySettings
from gateway.store.watched_document import WatchedDocument

ADMIN_REFUSALS: tuple[type[errors.GatewayError], ...] = (
    errors.NotAuthenticatedError,
    errors.AdminSwitchedOffError,
    errors.NotAllowedError,
    errors.RateLimitedError,
    errors.StoreAwayError,
)
"""How a call that only admins may make can end before it begins."""

ADMIN_RECORD_ERRORS = (*ADMIN_REFUSALS, errors.NotFoundError, errors.InvalidParametersError, errors.DamagedObjectError)
"""How such a call about one document of the store can end."""

READING_ERRORS: tuple[type[errors.GatewayError], ...] = (
    errors.NotFoundError,
    errors.InvalidParametersError,
    errors.StoreAwayError,
    errors.DamagedObjectError,
)
"""How reading a document of the store can end."""


def _part(name: str) -> Any:
    async def part(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(part)


TheSettings = Annotated[GatewaySettings, _part("settings")]
TheMetrics = Annotated[Metrics, _part("metrics")]
TheBatches = Annotated[Batches, _part("batches")]
TheDrift = Annotated[LatestDrift, _part("drift")]
ThePredictor = Annotated[Predictor, _part("predictor")]
ThePipeline = Annotated[Pipeline, _part("pipeline")]
ThePredictionIds = Annotated[PredictionIds, _part("prediction_ids")]
TheTraffic = Annotated[WatchedDocument[Traffic], _part("traffic")]
TheModels = Annotated[Models, _part("models")]
ThePromotion = Annotated[Promotion, _part("promotion")]
TheDatasets = Annotated[Datasets, _part("datasets")]
TheAirflowStarter = Annotated[AirflowStarter, _part("airflow_starter")]
TheCorrections = Annotated[Corrections, _part("corrections")]
