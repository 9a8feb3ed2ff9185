"""Container-Reaper: removes containers of steps whose task is over. There is no such DAG where steps are processes.

A container outlives its task's process on purpose, so that the next try can go on following it. If there is no next
try (the scheduler died while it cancelled a task, or Airflow's history was deleted), nobody else would remove it.
"""

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task

from include.factory import dag_arguments
from include.settings import PipelineSettings

settings = PipelineSettings()

if settings.step_setting == "docker":
    from include.containers.orphans import remove_orphans

    with DAG(
        "Container-Reaper",
        **dag_arguments(),
        description="Removes containers of steps whose task is over",
        doc_md=__doc__,
        schedule=timedelta(minutes=15),
    ):

        @task(execution_timeout=timedelta(minutes=10), retries=1)
        def reap() -> dict[str, object]:
            """Looks for containers whose task is over, or unknown to Airflow, and removes them."""
            return {"reaped": remove_orphans(get_current_context()["ti"].get_task_states)}

        reap()
