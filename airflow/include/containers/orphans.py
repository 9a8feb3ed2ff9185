"""Removes containers of steps whose task is over: the cleaner behind everything that can go wrong elsewhere."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from docker import APIClient

from include.containers.container import StepContainer
from include.containers.settings import DockerSettings

OVER = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
"""States of a task that has no use for its container; one that waits for its next try has."""

log = logging.getLogger(__name__)


def remove_orphans(task_states: Callable[..., Mapping[str, Any]]) -> list[str]:
    """Stop and remove this stack's orphans.

    Args:
        task_states: Airflow's word on tasks: `(dag_id=…, run_ids=[…], task_ids=[…])` → `{run_id: {task_id: state}}`.

    Returns:
        Their names.
    """
    settings = DockerSettings()
    engine = APIClient(settings.docker_url)
    reaped = []
    for found in engine.containers(all=True, filters={"label": f"acneflow.stack={settings.step_stack}"}):
        labels, name = found["Labels"], found["Names"][0].removeprefix("/")
        dag_id, run_id, task_id = (labels[f"acneflow.{each}"] for each in ("dag", "run", "task"))
        states = task_states(dag_id=dag_id, run_ids=[run_id], task_ids=[task_id]).get(run_id, {})
        if states.get(task_id, "removed") in OVER:
            log.info("%s (%s): its task %s of run %s is over; removing it", name, found["Status"], task_id, run_id)
            container = StepContainer(engine, found["Id"])
            container.stop()
            container.remove()
            reaped.append(name)
    log.info("%d orphans", len(reaped))
    return reaped
