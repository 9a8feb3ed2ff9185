"""What an operator controls through the gateway: models, datasets, training runs, Airflow and corrections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.airflow import Airflow
from gateway.airflow_connection import AirflowConnection
from gateway.airflow_door import airflow_door
from gateway.datasets import Datasets
from gateway.feedback import Corrections
from gateway.models import Models
from gateway.new_images import NewImages
from gateway.pipeline import Pipeline
from gateway.promotion import Promotion
from gateway.routes import airflow, datasets, feedback, models, pipeline
from gateway.settings import GatewaySettings
from gateway.storage import Storage

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
