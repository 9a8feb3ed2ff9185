"""Starts training runs and tells how far they are.

Knows Airflow only through `airflow.Airflow`, and nothing of HTTP.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from graphlib import TopologicalSorter

from pydantic import JsonValue

from gateway.airflow import Airflow, DagRun, DagTask, TaskInstance
from gateway.errors import KeyReusedError
from gateway.runs import PipelineRun, RunRequest, RunSummary, TaskStatus

ENDED_WITH_A_RESULT = frozenset({"success", "skipped"})
"""A step that found nothing new is skipped, and says so in its result."""
KNOWN_RESULTS = 1000
"""Results kept in memory: what a finished task returned doesn't change, and clients ask every second."""


class Pipeline:
    """Starts and follows training runs."""

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._results: dict[tuple[str, str, int], JsonValue] = {}
        self._positions: dict[str, int] = {}

    async def start(self, request: RunRequest, idempotency_key: str | None = None) -> PipelineRun:
        """Start a run; the same key starts the same run once.

        Raises:
            KeyReusedError: if the key was used with other parameters.
            GatewayError: as `Airflow.trigger`.
        """
        conf = request.conf()
        run = await self._airflow.trigger(run_id(idempotency_key), conf)
        if run.conf != conf:
            raise KeyReusedError(f"Run {run.dag_run_id!r} was started with this key and other parameters.")
        return await self._status(run)

    async def run(self, run_id: str) -> PipelineRun:
        """How far a run is.

        Raises:
            NotFoundError: if there is none of this id.
        """
        return await self._status(await self._airflow.run(run_id))

    async def recent(self, limit: int) -> list[RunSummary]:
        """The last runs, newest first."""
        return [RunSummary.model_validate(_summary(run)) for run in await self._airflow.runs(limit)]

    async def _status(self, run: DagRun) -> PipelineRun:
        instances = await self._airflow.task_instances(run.dag_run_id)
        if any(instance.task_id not in self._positions for instance in instances):
            self._positions = _positions(await self._airflow.tasks())
        statuses = [self._task(run.dag_run_id, instance) for instance in sorted(instances, key=self._position)]
        return PipelineRun.model_validate({**_summary(run), "tasks": await asyncio.gather(*statuses)})

    def _position(self, task: TaskInstance) -> tuple[int, str]:
        """Where a task stands; one that is no longer in the DAG comes last."""
        return self._positions.get(task.task_id, len(self._positions)), task.task_id

    async def _task(self, run_id: str, task: TaskInstance) -> TaskStatus:
        ended = task.state in ENDED_WITH_A_RESULT and task.try_number > 0  # 0: skipped before it ran
        result = await self._result(run_id, task) if ended else None
        return TaskStatus(
            id=task.task_id, state=task.state, try_number=task.try_number, seconds=_seconds(task), result=result
        )

    async def _result(self, run_id: str, task: TaskInstance) -> JsonValue:
        name = (run_id, task.task_id, task.try_number)
        if name not in self._results:
            result = await self._airflow.result(run_id, task.task_id)
            if result is None:
                return None
            while len(self._results) >= KNOWN_RESULTS:
                self._results.pop(next(iter(self._results)))
            self._results[name] = result
        return self._results[name]


def run_id(idempotency_key: str | None) -> str:
    """What a run is called: by its key alone where there is one, else by the time and chance."""
    if idempotency_key is not None:
        return f"api__{hashlib.sha256(idempotency_key.encode()).hexdigest()[:32]}"
    return f"api__{datetime.now(UTC):%Y%m%dT%H%M%SZ}__{uuid.uuid4().hex[:8]}"


def _positions(tasks: Iterable[DagTask]) -> dict[str, int]:
    """The tasks' places in an order in which each comes after those it waits for."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for task in tasks:
        sorter.add(task.task_id)
        for downstream in task.downstream_task_ids:
            sorter.add(downstream, task.task_id)
    return {name: number for number, name in enumerate(sorter.static_order())}


def _summary(run: DagRun) -> dict[str, object]:
    return {
        "id": run.dag_run_id,
        "state": run.state,
        "queued_at": run.queued_at,
        "started_at": run.start_date,
        "ended_at": run.end_date,
    }


def _seconds(task: TaskInstance) -> float | None:
    if task.start_date is None:
        return None
    if task.end_date is None:
        return round((datetime.now(UTC) - task.start_date).total_seconds(), 1)
    return round((task.end_date - task.start_date).total_seconds(), 1)
