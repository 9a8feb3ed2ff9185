"""What an operator controls through the gateway: models, datasets, training runs, Airflow and corrections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.airflow import routes as airflow
from gateway.airflow.client import Airflow
from gateway.airflow.connection import AirflowConnection
from gateway.airflow.starter import airflow_door
from gateway.datasets import routes as datasets
from gateway.datasets.service import Datasets
from gateway.feedback import routes as feedback
from gateway.feedback.service import Corrections
from gateway.models import routes as models
from gateway.models.catalogue import Models
from gateway.models.promotion import Promotion
from gateway.runs import routes as pipeline
from gateway.runs.new_images import NewImages
from gateway.runs.service import Pipeline
from gateway.settings import GatewaySettings
from gateway.store.storage import Storage

FACES = (models, datasets, pipeline, airflow, feedback)


@asynccontextmanager
async def control(app: FastAPI, settings: GatewaySettings, storage: Storage) -> AsyncIterator[None]:
    """Give an app the parts that `FACES` ask for, for as long as the context lasts."""
    app.state.models = Models(storage)
    app.state.promotion = Promotion(storage, app.state.models)
    app.state.datasets = Datasets(storage, app.state.models, settings.model)
    app.state.corrections = Corrections(storage, app.state.models, app.state.prediction_ids)
    app.state.airflow_door = airflow_door(settings)
    async with AirflowConnection(settings) as connection:
        app.state.pipeline = Pipeline(Airflow(connection))
        app.state.new_images = NewImages(connection)
        yield
