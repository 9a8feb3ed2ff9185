"""What the routes are given: the parts that live as long as the app does.

All are `async`, since FastAPI sends every other function to a thread, which costs more than the function.
"""

from typing import Annotated

from fastapi import Depends, Request

from gateway.airflow.starter import AirflowDoor
from gateway.batch.service import Batches
from gateway.datasets.service import Datasets
from gateway.drift.watch import DriftWatch
from gateway.feedback.service import Corrections
from gateway.http.errors import (
    AdminSwitchedOffError,
    GatewayError,
    NotAllowedError,
    NotAuthenticatedError,
    RateLimitedError,
    StoreAwayError,
)
from gateway.http.metrics import Metrics
from gateway.models.catalogue import Models
from gateway.models.promotion import Promotion
from gateway.predict.prediction_id import PredictionIds
from gateway.predict.service import Predictor
from gateway.runs.new_images import NewImages
from gateway.runs.service import Pipeline
from gateway.settings import GatewaySettings

ADMIN_REFUSALS: tuple[type[GatewayError], ...] = (
    NotAuthenticatedError,
    AdminSwitchedOffError,
    NotAllowedError,
    RateLimitedError,
    StoreAwayError,
)
"""How a call that only admins may make can end before it begins."""


async def _predictor(request: Request) -> Predictor:
    predictor: Predictor = request.app.state.predictor
    return predictor


async def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


async def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


async def _batches(request: Request) -> Batches:
    batches: Batches = request.app.state.batches
    return batches


async def _drift_watch(request: Request) -> DriftWatch:
    watch: DriftWatch = request.app.state.drift_watch
    return watch


async def _prediction_ids(request: Request) -> PredictionIds:
    ids: PredictionIds = request.app.state.prediction_ids
    return ids


async def _pipeline(request: Request) -> Pipeline:
    pipeline: Pipeline = request.app.state.pipeline
    return pipeline


async def _models(request: Request) -> Models:
    models: Models = request.app.state.models
    return models


async def _promotion(request: Request) -> Promotion:
    promotion: Promotion = request.app.state.promotion
    return promotion


async def _datasets(request: Request) -> Datasets:
    datasets: Datasets = request.app.state.datasets
    return datasets


async def _new_images(request: Request) -> NewImages:
    new_images: NewImages = request.app.state.new_images
    return new_images


async def _corrections(request: Request) -> Corrections:
    corrections: Corrections = request.app.state.corrections
    return corrections


async def _airflow_door(request: Request) -> AirflowDoor:
    door: AirflowDoor = request.app.state.airflow_door
    return door


TheSettings = Annotated[GatewaySettings, Depends(_settings)]
TheMetrics = Annotated[Metrics, Depends(_metrics)]
TheBatches = Annotated[Batches, Depends(_batches)]
TheDriftWatch = Annotated[DriftWatch, Depends(_drift_watch)]
ThePredictor = Annotated[Predictor, Depends(_predictor)]
ThePipeline = Annotated[Pipeline, Depends(_pipeline)]
ThePredictionIds = Annotated[PredictionIds, Depends(_prediction_ids)]
TheModels = Annotated[Models, Depends(_models)]
ThePromotion = Annotated[Promotion, Depends(_promotion)]
TheDatasets = Annotated[Datasets, Depends(_datasets)]
TheAirflowDoor = Annotated[AirflowDoor, Depends(_airflow_door)]
TheNewImages = Annotated[NewImages, Depends(_new_images)]
TheCorrections = Annotated[Corrections, Depends(_corrections)]
