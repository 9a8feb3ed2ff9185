"""What the routes are given: the parts that live as long as the app does."""

from typing import Annotated

from fastapi import Depends, Request

from gateway.pipeline import Pipeline
from gateway.prediction import Predictor
from gateway.prediction_id import PredictionIds


def _predictor(request: Request) -> Predictor:
    predictor: Predictor = request.app.state.predictor
    return predictor


def _prediction_ids(request: Request) -> PredictionIds:
    ids: PredictionIds = request.app.state.prediction_ids
    return ids


def _pipeline(request: Request) -> Pipeline:
    pipeline: Pipeline = request.app.state.pipeline
    return pipeline


ThePredictor = Annotated[Predictor, Depends(_predictor)]
ThePipeline = Annotated[Pipeline, Depends(_pipeline)]
ThePredictionIds = Annotated[PredictionIds, Depends(_prediction_ids)]
