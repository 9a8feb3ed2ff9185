"""The app: its layers, its routes, and the parts that live as long as it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from gateway import problems
from gateway.airflow import Airflow
from gateway.airflow_connection import AirflowConnection
from gateway.body_limit import BodyLimit
from gateway.datasets import Datasets
from gateway.descriptions import Descriptions
from gateway.journal import Journal
from gateway.model_server import ModelServer
from gateway.models import Models
from gateway.pipeline import Pipeline
from gateway.prediction import Predictor
from gateway.prediction_id import PredictionIds
from gateway.promotion import Promotion
from gateway.routes import datasets, health, models, pipeline, predict
from gateway.settings import GatewaySettings
from gateway.storage import Storage
from gateway.upload import FORM_OVERHEAD_BYTES
from imaging import DEFAULT_LIMITS
from objectstore import StoreSettings

JSON_BYTES = 64 * 1024
"""No JSON that is accepted comes near it."""


def create_app(settings: GatewaySettings, store: StoreSettings) -> FastAPI:
    """The gateway as an ASGI app; nothing is connected before it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        descriptions = Descriptions(store, settings.model)
        async with (
            ModelServer(settings.serving_address, settings.model) as server,
            Predictor(server, descriptions, deadline_s=settings.gateway_deadline_s) as predictor,
            AirflowConnection(settings) as airflow,
            Storage(store) as storage,
        ):
            app.state.predictor = predictor
            app.state.pipeline = Pipeline(Airflow(airflow))
            app.state.models = Models(storage)
            app.state.promotion = Promotion(storage, app.state.models)
            app.state.datasets = Datasets(storage, app.state.models, settings.model)
            yield

    app = FastAPIOffline(
        title="Acneflow",
        version=version("acneflow-gateway"),
        summary="Asks an acne and rosacea photo classifier, and starts its training. No diagnosis.",
        lifespan=lifespan,
        redoc_url=None,
        separate_input_output_schemas=False,  # documents older than a field don't have it
    )
    app.state.settings = settings
    app.state.prediction_ids = PredictionIds((settings.gateway_secret or store.store_secret_key).get_secret_value())
    for face in (predict, models, datasets, pipeline, health):
        app.include_router(face.router)
    problems.install(app)
    app.add_middleware(
        BodyLimit,
        default_bytes=JSON_BYTES,
        bytes_by_path={"/v1/predict": DEFAULT_LIMITS.max_bytes + FORM_OVERHEAD_BYTES},
    )
    app.add_middleware(Journal)  # added last, so it is the outermost
    _document_problems(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """Put the one schema of all errors into the OpenAPI document, to which every route refers."""
    without = app.openapi

    def openapi() -> dict[str, Any]:
        document = without()
        document["components"]["schemas"][problems.SCHEMA_NAME] = problems.Problem.model_json_schema()
        return document

    app.openapi = openapi  # type: ignore[method-assign]
