"""Store-Maintenance: finds what nothing in use names any more (old runs, unreferenced images) and can delete it.

It counts first, always. It deletes only if its form says so, or, for the runs that start by themselves, the setting
ACNEFLOW_MAINTENANCE_DELETE. What the manifest of anything in use names is never touched.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param, chain, get_current_context, task

from include.factory import dag_arguments, operator_for
from include.settings import PipelineSettings
from include.step import Resources, StepSpec, option

KEEP = option("--keep-days", value="params.keep_days", when="params.keep_days is not none")
COUNT = StepSpec(
    name="count",
    doc="Counts what could go, and deletes nothing.",
    command=("trainer", "clean-store", KEEP),
    timeout=timedelta(hours=1),
    resources=Resources(memory="2g"),
)
DELETE = StepSpec(
    name="delete",
    doc="Deletes it.",
    command=("trainer", "clean-store", "--delete", KEEP),
    timeout=timedelta(hours=6),
    resources=Resources(memory="2g"),
)

settings = PipelineSettings()


@task.short_circuit
def is_allowed() -> bool:
    """Goes on only if deleting was asked for."""
    return bool(get_current_context()["params"]["delete"])


with DAG(
    "Store-Maintenance",
    **dag_arguments(),
    description="Counts, and if asked deletes, what nothing in use names any more",
    doc_md=__doc__,
    schedule=settings.maintenance_timetable,
    params={
        "delete": Param(
            settings.maintenance_delete,
            type="boolean",
            title="Delete",
            description="Delete what was counted; otherwise it's only counted.",
        ),
        "keep_days": Param(
            settings.maintenance_keep_days,
            type="integer",
            minimum=1,
            maximum=3650,
            title="Keep days",
            description="What is younger than so many days stays in any case.",
        ),
    },
):
    chain(operator_for(COUNT, settings), is_allowed(), operator_for(DELETE, settings))
