"""Airflow's REST API v2, as much of it as starting, following and stopping runs of one DAG needs."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from gateway.airflow.connection import AirflowConnection
from gateway.http.errors import AirflowRefusedError, InvalidParametersError, NotFoundError

if TYPE_CHECKING:
    import httpx

DAG_ID = "CNN-Training-Pipeline"
NEW_IMAGES = "acneflow-new-images"
"""The asset that the DAG is scheduled on, by name."""
CANCELLED = "Cancelled through the gateway."
"""The note that tells a cancelled run from one that failed: Airflow has one state for both."""
RECENT_TASKS = 100
"""Finished tasks that are asked for how long each usually takes."""


class DagRun(BaseModel):
    dag_run_id: str
    state: str
    queued_at: AwareDatetime | None = None
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    conf: dict[str, JsonValue] | None = None
    note: str | None = None

    @property
    def ended(self) -> bool:
        return self.state in {"success", "failed"}


class DagRuns(BaseModel):
    dag_runs: list[DagRun]


class TaskInstance(BaseModel):
    task_id: str
    state: str | None
    try_number: int
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    duration: float | None = None


class TaskInstances(BaseModel):
    task_instances: list[TaskInstance]


class DagTask(BaseModel):
    task_id: str
    downstream_task_ids: list[str] = []


class DagTasks(BaseModel):
    tasks: list[DagTask]


class Dag(BaseModel):
    is_paused: bool


class XCom(BaseModel):
    value: JsonValue


class LogEvent(BaseModel):
    event: str
    timestamp: AwareDatetime | None = None
    level: str | None = None


class TaskLog(BaseModel):
    """A task's log; plain lines where Airflow couldn't read it as events."""

    content: list[LogEvent] | list[str]


class Health(BaseModel):
    """Airflow's report on its parts: name → what it says of it."""

    model_config = ConfigDict(extra="allow")

    metadatabase: dict[str, str | None]
    scheduler: dict[str, str | None]
    dag_processor: dict[str, str | None] | None = None
    triggerer: dict[str, str | None] | None = None


class Asset(BaseModel):
    id: int
    name: str


class Assets(BaseModel):
    assets: list[Asset]


class Airflow:
    def __init__(self, connection: AirflowConnection) -> None:
        self._connection = connection

    async def trigger(self, run_id: str, conf: Mapping[str, JsonValue]) -> DagRun:
        """Start a run, or find the one that has this id already; a paused DAG is unpaused."""
        unpaused = await self._call("PATCH", params={"update_mask": "is_paused"}, json={"is_paused": False})
        if unpaused.status_code == 404:
            raise AirflowRefusedError(
                f"Airflow doesn't know the DAG {DAG_ID!r}.",
                advice="Right after a start it takes Airflow a minute to read it; else see its import errors.",
                reason="airflow_unknown_dag",
            )
        self._connection.check(unpaused)
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        answer = await self._call("POST", "dagRuns", json=body)
        if answer.status_code == 409:
            return await self.run(run_id)
        if answer.status_code == 400:
            msg = "Airflow's pipeline doesn't take these parameters."
            raise InvalidParametersError(msg, advice="GET /v1/pipeline/schema shows what it takes.")
        return self._connection.read(answer, DagRun)

    async def cancel(self, run_id: str) -> DagRun:
        """End a run that hasn't ended: what runs is stopped, what waits is skipped."""
        change = {"state": "failed", "note": CANCELLED}
        answer = await self._call("PATCH", "dagRuns", run_id, json=change)
        return self._run(run_id, answer)

    async def run(self, run_id: str) -> DagRun:
        return self._run(run_id, await self._call("GET", "dagRuns", run_id))

    async def runs(self, limit: int) -> list[DagRun]:
        answer = await self._call("GET", "dagRuns", params={"limit": limit, "order_by": "-run_after"})
        return self._connection.read(answer, DagRuns).dag_runs

    async def task_instances(self, run_id: str) -> list[TaskInstance]:
        answer = await self._call("GET", "dagRuns", run_id, "taskInstances")
        return self._connection.read(answer, TaskInstances).task_instances

    async def recent_successes(self) -> list[TaskInstance]:
        """Tasks of any run that ended well, the last ones first."""
        params = {"state": "success", "order_by": "-start_date", "limit": RECENT_TASKS}
        answer = await self._call("GET", "dagRuns", "~", "taskInstances", params=params)
        return self._connection.read(answer, TaskInstances).task_instances

    async def tasks(self) -> list[DagTask]:
        return self._connection.read(await self._call("GET", "tasks"), DagTasks).tasks

    async def result(self, run_id: str, task_id: str) -> JsonValue:
        """What a task returned; None if nothing."""
        answer = await self._call("GET", "dagRuns", run_id, "taskInstances", task_id, "xcomEntries", "return_value")
        if answer.status_code == 404:
            return None
        value = self._connection.read(answer, XCom).value
        if not isinstance(value, str):
            return value
        try:
            decoded: JsonValue = json.loads(value)  # Airflow hands out what lies in its database: JSON in a string
        except ValueError:
            return value
        return decoded

    async def log(self, run_id: str, task_id: str, try_number: int) -> list[LogEvent]:
        path = ("dagRuns", run_id, "taskInstances", task_id, "logs", str(try_number))
        answer = await self._call("GET", *path, params={"full_content": True})
        if answer.status_code == 404:
            msg = f"Run {run_id!r} has no try {try_number} of {task_id!r}."
            raise NotFoundError(msg, advice="The run names its tasks and their tries.", reason="unknown_task")
        content = self._connection.read(answer, TaskLog).content
        return [entry if isinstance(entry, LogEvent) else LogEvent(event=entry) for entry in content]

    async def health(self) -> Health:
        """Airflow's own report; its HTTP status says nothing, so its body must be read."""
        answer = await self._connection.call_openly("GET", "/api/v2/monitor/health")
        return self._connection.read(answer, Health)

    async def is_paused(self) -> bool | None:
        """Whether the DAG is paused; None if Airflow doesn't know it."""
        answer = await self._call("GET")
        return None if answer.status_code == 404 else self._connection.read(answer, Dag).is_paused

    async def announce_images(self, why: str) -> None:
        """Say that another dataset would come out now, which starts the DAG where it is scheduled on that.

        It is an event of an asset: several while a run is under way start one run after it.
        """
        answer = await self._connection.call("GET", "/api/v2/assets", params={"name_pattern": NEW_IMAGES})
        for asset in self._connection.read(answer, Assets).assets:
            if asset.name == NEW_IMAGES:
                event = {"asset_id": asset.id, "extra": {"why": why}}
                self._connection.check(await self._connection.call("POST", "/api/v2/assets/events", json=event))

    def _run(self, run_id: str, answer: "httpx.Response") -> DagRun:
        if answer.status_code == 404:
            msg = f"There is no run {run_id!r}."
            raise NotFoundError(msg, advice="GET /v1/pipeline/runs lists the last runs.", reason="unknown_run")
        return self._connection.read(answer, DagRun)

    async def _call(self, method: str, *path: str, **options: Any) -> "httpx.Response":
        url = "/".join(("/api/v2/dags", DAG_ID, *(quote(part, safe="") for part in path)))
        return await self._connection.call(method, url, **options)
