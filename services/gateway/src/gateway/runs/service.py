"""Starts, follows and stops training runs.

Knows Airflow only through `airflow.Airflow`, and nothing of HTTP.
"""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from graphlib import TopologicalSorter

import structlog
from pydantic import JsonValue

from contracts.api.runs import HealthPart, LogLine, PipelineHealth, PipelineRun, RunSummary, TaskLogs, TaskStatus
from contracts.run_parameters import RunRequest
from gateway.airflow.client import Airflow, DagRun, DagTask, TaskInstance
from gateway.http.errors import ConflictError, GatewayError, KeyReusedError, NotFoundError
from gateway.runs.progress import (
    Progress,
    failed_reason,
    is_cancelled,
    outcome_of,
    progress_of,
    seconds_of,
    skipped_reason,
    usual_durations,
    without_folding_marks,
)

ENDED_WITH_A_RESULT = frozenset({"success", "skipped"})
"""A step that found nothing new is skipped, and says so in its result."""
FAILED = frozenset({"failed", "up_for_retry"})
KEPT_RESULTS = 1000
"""Results and reasons kept in memory: what a finished try said doesn't change, and clients ask every second."""
USUAL_FOR_S = 60.0
"""How long it is believed how long steps usually take."""
NEEDED_PARTS = frozenset({"metadatabase", "scheduler", "dag_processor"})

log = structlog.get_logger()


class Pipeline:
    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._kept: dict[tuple[str, str, int], JsonValue] = {}
        self._positions: dict[str, int] = {}
        self._usual: dict[str, float] = {}
        self._usual_until = 0.0

    async def start(self, request: RunRequest, idempotency_key: str | None = None) -> PipelineRun:
        """Start a run; the same key starts the same run once."""
        conf = request.conf()
        run = await self._airflow.trigger(run_id(idempotency_key), conf)
        if run.conf != conf:
            raise KeyReusedError(f"Run {run.dag_run_id!r} was started with this key and other parameters.")
        return await self._status(run)

    async def cancel(self, run_id: str) -> PipelineRun:
        run = await self._airflow.run(run_id)
        if is_cancelled(run):
            return await self._status(run)
        if run.ended:
            msg = f"Run {run_id!r} has ended ({run.state})."
            raise ConflictError(msg, advice="There is nothing left to cancel.", reason="run_ended")
        return await self._status(await self._airflow.cancel(run_id))

    async def run(self, run_id: str) -> PipelineRun:
        return await self._status(await self._airflow.run(run_id))

    async def recent(self, limit: int) -> list[RunSummary]:
        return [RunSummary.model_validate(_summary(run)) for run in await self._airflow.runs(limit)]

    async def logs(self, run_id: str, task_id: str, *, try_number: int | None, limit: int) -> TaskLogs:
        """The last lines that a try of a step has logged, by default its last try."""
        await self._airflow.run(run_id)
        instances = {task.task_id: task for task in await self._airflow.task_instances(run_id)}
        task = instances.get(task_id)
        if task is None:
            msg = f"Run {run_id!r} has no task {task_id!r}."
            raise NotFoundError(msg, advice="The run names its tasks.", reason="unknown_task")
        wanted = task.try_number if try_number is None else try_number
        lines = without_folding_marks(await self._airflow.log(run_id, task_id, wanted)) if wanted > 0 else []
        ended = task.end_date is not None or task.state in ENDED_WITH_A_RESULT
        return TaskLogs(
            run=run_id,
            task=task_id,
            try_number=wanted,
            lines=[LogLine(at=line.timestamp, level=line.level, text=line.event) for line in lines[-limit:]],
            truncated=len(lines) > limit,
            complete=wanted < task.try_number or ended,
        )

    async def health(self) -> PipelineHealth:
        report, paused = await asyncio.gather(self._airflow.health(), self._airflow.is_paused())
        parts = [
            HealthPart.model_validate(
                {"name": name, "status": part.get("status"), "last_heartbeat": part.get(f"latest_{name}_heartbeat")}
            )
            for name, part in report
            if isinstance(part, dict)
        ]
        ill = [part.name for part in parts if part.name in NEEDED_PARTS and part.status != "healthy"]
        if ill:
            sentence = f"Airflow isn't well: {', '.join(ill)}. Runs that are started wait until it is."
        elif paused is None:
            sentence = "Airflow hasn't read the pipeline yet; right after a start that takes it a minute."
        else:
            sentence = "Training runs can be started."
        return PipelineHealth(healthy=not ill and paused is not None, sentence=sentence, parts=parts, paused=paused)

    async def announce_images(self, why: str) -> None:
        """Tell Airflow that there are new images; that it can't be told is logged.

        Whoever accepts a correction doesn't fail with Airflow: the weekly run learns from the correction anyway.
        """
        try:
            await self._airflow.announce_images(why)
        except GatewayError as error:
            log.warning("airflow_not_told", cause=str(error))

    async def _status(self, run: DagRun) -> PipelineRun:
        instances, usual = await asyncio.gather(self._airflow.task_instances(run.dag_run_id), self._usual_durations())
        if any(instance.task_id not in self._positions for instance in instances):
            self._positions = _positions(await self._airflow.tasks())
        instances.sort(key=self._position)
        tasks = await asyncio.gather(*(self._task(run.dag_run_id, instance, usual) for instance in instances))
        progress = Progress(1.0, None) if run.state == "success" else progress_of(instances, usual)
        outcome, sentence = outcome_of(run, tasks, progress)
        return PipelineRun.model_validate(
            {
                **_summary(run),
                "outcome": outcome,
                "sentence": sentence,
                "progress": progress.share,
                "eta_s": progress.eta_s if run.state == "running" else None,
                "tasks": tasks,
            }
        )

    async def _usual_durations(self) -> dict[str, float]:
        if time.monotonic() >= self._usual_until:
            self._usual = usual_durations(await self._airflow.recent_successes())
            self._usual_until = time.monotonic() + USUAL_FOR_S
        return self._usual

    def _position(self, task: TaskInstance) -> tuple[int, str]:
        """Where a task stands; one that is no longer in the DAG comes last."""
        return self._positions.get(task.task_id, len(self._positions)), task.task_id

    async def _task(self, run_id: str, task: TaskInstance, usual: dict[str, float]) -> TaskStatus:
        ended = task.state in ENDED_WITH_A_RESULT and task.try_number > 0  # 0: skipped before it ran
        result = await self._result(run_id, task) if ended else None
        reason = await self._why_failed(run_id, task) if task.state in FAILED else skipped_reason(task, result)
        return TaskStatus(
            id=task.task_id,
            state=task.state,
            try_number=task.try_number,
            seconds=seconds_of(task),
            expected_s=usual.get(task.task_id),
            result=result,
            reason=reason,
            logs=f"/v1/pipeline/runs/{run_id}/tasks/{task.task_id}/logs" if task.try_number > 0 else None,
        )

    async def _result(self, run_id: str, task: TaskInstance) -> JsonValue:
        name = (run_id, task.task_id, task.try_number)
        if name not in self._kept:
            self._keep(name, await self._airflow.result(run_id, task.task_id))
        return self._kept.get(name)

    async def _why_failed(self, run_id: str, task: TaskInstance) -> str | None:
        name = (run_id, f"{task.task_id} failed", task.try_number)
        if name not in self._kept:
            try:
                log = await self._airflow.log(run_id, task.task_id, task.try_number)
            except GatewayError:  # the run's state is worth telling without it
                return None
            self._keep(name, failed_reason(log))
        reason = self._kept.get(name)
        return None if reason is None else str(reason)

    def _keep(self, name: tuple[str, str, int], words: JsonValue) -> None:
        if words is None:
            return
        while len(self._kept) >= KEPT_RESULTS:
            self._kept.pop(next(iter(self._kept)))
        self._kept[name] = words


def run_id(idempotency_key: str | None) -> str:
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
        "cancelled": is_cancelled(run),
        "parameters": run.conf or {},
    }
