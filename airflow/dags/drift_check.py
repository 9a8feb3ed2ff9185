"""Drift-Check: asks whether the pictures that people send still look like those that the model was tested on.

It compares the gateway's summaries of its predictions (no pictures) with the model's reference, and writes the result
to the store, where the gateway reads it for its API and metrics: nothing else measures drift. Past the threshold it
starts the training pipeline, once a day at most, which gates whatever comes out; nothing is trained twice on the same
images.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, chain, task

from include.factory import dag_arguments, operator_for
from include.settings import PipelineSettings
from include.step import StepSpec, param

MEASURE = StepSpec(
    name="measure",
    doc="Measures how far the last predictions are from the reference (population stability index).",
    command=("gateway", "drift", "--model", param("model")),
    timeout=timedelta(minutes=30),
)

settings = PipelineSettings()


@task.short_circuit
def has_drifted(measured: Any) -> bool:
    """Goes on only if it drifted."""
    return bool(measured["drifted"])


with DAG(
    "Drift-Check",
    **dag_arguments(),
    description="Starts the training pipeline when predictions drift away from what the model was tested on",
    doc_md=__doc__,
    schedule=settings.drift_timetable,
    params={
        "model": Param(settings.model, type="string", minLength=1, title="Model", description="The model's name."),
    },
):
    measure = operator_for(MEASURE, settings)
    train = TriggerDagRunOperator(
        task_id="train",
        doc_md="Starts the training pipeline, as its schedule does; skipped where it did so today.",
        trigger_dag_id="CNN-Training-Pipeline",
        trigger_run_id="drift__{{ dag_run.run_after | ds }}",
        skip_when_already_exists=True,
        note="Started by Drift-Check.",
    )
    chain(measure, has_drifted(measure.output), train)
