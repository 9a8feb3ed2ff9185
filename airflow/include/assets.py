"""What the pipelines make, as Airflow's assets: who makes it, what it is, and what starts when it changes.

The dataset and the model are outlets: their events carry the step's result, and a rejected candidate has none. The new
images are an inlet that nothing here makes: the gateway says that there are some (a correction was accepted), and so
may anyone else who brings images in. The training pipeline starts on them and not on the dataset, which it makes
itself: it would start itself for ever.
"""

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, Context

from include.settings import PipelineSettings

NEW_IMAGES = "acneflow-new-images"
DATASET = "acneflow-dataset"
MODEL = "acneflow-model"

Result = Mapping[str, object]
"""What a step says in its last line."""


def new_images(settings: PipelineSettings) -> Asset:
    """Images from which another dataset would come out."""
    return Asset(name=NEW_IMAGES, uri=f"s3://{settings.bucket}/images", group="acneflow")


def dataset(settings: PipelineSettings) -> Asset:
    """What `prepare` makes."""
    return Asset(name=DATASET, uri=f"s3://{settings.bucket}/datasets", group="acneflow")


def model(settings: PipelineSettings) -> Asset:
    """What `promote` puts into production."""
    return Asset(name=MODEL, uri=f"s3://{settings.bucket}/models/{settings.model}", group="acneflow")


def training_schedule(settings: PipelineSettings) -> Any:
    """What the training pipeline starts by itself on: the clock, new images, both, or neither."""
    clock, images = settings.timetable, new_images(settings)
    if not settings.train_on_new_images:
        return clock
    return AssetOrTimeSchedule(timetable=clock, assets=images) if clock else [images]


def add_result_to_events(context: Context, result: Result) -> None:
    """Make the events of a task's assets carry its result."""
    if "outlet_events" in context:
        for asset in context["ti"].task.outlets:
            context["outlet_events"][asset].extra = dict(result)  # type: ignore[arg-type]  # it was JSON
