"""The app: its layers, its routes, and the parts that live as long as it does."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from contracts import keys
from contracts.access import ApiKeys
from contracts.api.problems import Problem
from contracts.models.traffic import Traffic
from gateway.airflow import routes as airflow
from gateway.airflow.client import Airflow
from gateway.airflow.connection import AirflowConnection
from gateway.airflow.starter import airflow_starter
from gateway.batch import routes as batch
from gateway.batch.service import Batches
from gateway.datasets import routes as datasets
from gateway.datasets.service import Datasets
from gateway.drift.latest import LatestDrift
from gateway.drift.summaries import Summaries
from gateway.feedback import routes as feedback
from gateway.feedback.service import Corrections
from gateway.http import health, problems
from gateway.http.access import RateLimits
from gateway.http.body_limits import BodyLimits
from gateway.http.metrics import Metrics
from gateway.http.request_log import RequestLog
from gateway.models import routes as models
from gateway.models.catalogue import Models
from gateway.models.promotion import Promotion
from gateway.models.traffic import Router
from gateway.open_inference import routes as open_inference
from gateway.open_inference.messages import InferenceRequest
from gateway.predict import request_photo
from gateway.predict import routes as predict
from gateway.predict.admission import Admission
from gateway.predict.descriptions import Descriptions
from gateway.predict.model_server import ModelServer
from gateway.predict.photo_fetch import Fetcher
from gateway.predict.prediction_id import PredictionIds
from gateway.predict.service import Predictor
from gateway.runs import routes as runs
from gateway.runs.service import Pipeline
from gateway.settings import GatewaySettings
from gateway.store.storage import Storage
from gateway.store.watched_document import WatchedDocument
from objectstore import StoreSettings

PLACES_PER_CORE = 4
"""A photo passes through several threads of two processes; with two for each core these stand idle a tenth of the
time, and with four they don't (docs/performance.md)."""
JSON_BYTES = 64 * 1024
"""No JSON that is accepted comes near it."""


def create_app(settings: GatewaySettings, store: StoreSettings) -> ASGIApp:
    """The gateway as an ASGI app; nothing is connected before it starts."""
    metrics = Metrics()
    ids = PredictionIds((settings.gateway_secret or store.store_secret_key).get_secret_value())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        admission = Admission(settings.gateway_places or PLACES_PER_CORE * len(os.sched_getaffinity(0)))
        async with (
            Storage(store) as storage,
            WatchedDocument(storage, keys.api_keys(), ApiKeys()) as app.state.api_keys,
            WatchedDocument(storage, keys.traffic(settings.model), Traffic()) as app.state.traffic,
            Summaries(settings.model, storage, metrics, enabled=settings.gateway_summaries) as summaries,
            ModelServer(settings.serving_address, settings.model) as server,
            Predictor(
                server,
                Descriptions(store, settings.model),
                admission=admission,
                router=Router(app.state.traffic),
                ids=ids,
                summaries=summaries,
                metrics=metrics,
            ) as app.state.predictor,
            LatestDrift(settings.model, storage, metrics) as app.state.drift,
            Fetcher(settings.image_sites, settings.image_local_sites) as app.state.fetcher,
            AirflowConnection(settings) as airflow_connection,
        ):
            metrics.watch(admission, server.breaker)
            app.state.batches = Batches(app.state.predictor)
            app.state.models = Models(storage)
            app.state.promotion = Promotion(storage)
            app.state.datasets = Datasets(storage, app.state.models, settings.model)
            app.state.corrections = Corrections(storage, app.state.models, ids)
            app.state.airflow_starter = airflow_starter(settings)
            app.state.pipeline = Pipeline(Airflow(airflow_connection))
            _leave_imports_to_themselves()
            yield

    app = FastAPIOffline(
        title="Acneflow",
        version=version("acneflow-gateway"),
        summary="Asks an acne and rosacea photo classifier, and starts its training. No diagnosis.",
        lifespan=lifespan,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # `tracing` and `metrics` do it
        separate_input_output_schemas=False,  # documents older than a field don't have it
    )
    app.state.settings = settings
    app.state.prediction_ids = ids
    app.state.metrics = metrics
    app.state.rate_limits = RateLimits()
    for room in (predict, batch, models, datasets, runs, airflow, feedback, open_inference, health):
        app.include_router(room.router)
    problems.install(app)
    _document_problems(app)

    def max_bytes(path: str, media_type: str) -> int:
        if path == predict.PATH or (path == "/v1/feedback" and media_type == request_photo.FORM_TYPE):
            return request_photo.max_body_bytes(media_type)
        if path == "/v1/predict/batch":
            return settings.gateway_batch_mb * 2**20
        return request_photo.MAX_JSON_BYTES if path.startswith(problems.OPEN_INFERENCE) else JSON_BYTES

    layered: ASGIApp = BodyLimits(app, limit=max_bytes, memory_bytes=settings.gateway_upload_mb * 2**20)
    if settings.cors_origins:
        layered = CORSMiddleware(
            layered,
            allow_origins=sorted(settings.cors_origins),
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id", "X-Request-Timeout-Ms"],
            expose_headers=["Retry-After", "X-Request-Id"],
        )
    return RequestLog(layered, metrics)


def _leave_imports_to_themselves() -> None:
    """What was imported stays, so the garbage collector needn't look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def _document_problems(app: FastAPI) -> None:
    """Put the schemas into the OpenAPI document to which routes refer by name: that of all errors, first of all."""
    without = app.openapi

    def openapi() -> dict[str, Any]:
        document = without()
        for model in (Problem, InferenceRequest):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            document["components"]["schemas"] |= schema.pop("$defs", {}) | {model.__name__: schema}
        return document

    app.openapi = openapi  # type: ignore[method-assign]
