"""Airflow's REST API v2, as much of it as starting and following runs of one DAG needs.

The token is fetched when first needed, kept, and renewed when Airflow no longer takes it.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import AwareDatetime, BaseModel, JsonValue, ValidationError

from gateway.errors import AirflowAwayError, AirflowRefusedError, NotFoundError
from gateway.settings import GatewaySettings

DAG_ID = "CNN-Training-Pipeline"
RESULT_KEY = "return_value"
TIMEOUT_S = 15.0
"""Airflow answers in milliseconds, but on a machine that trains it shares the cores."""

log = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)


class DagRun(BaseModel):
    """A run as Airflow tells of it."""

    dag_run_id: str
    state: str
    queued_at: AwareDatetime | None = None
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    conf: dict[str, JsonValue] | None = None


class DagRuns(BaseModel):
    """A page of runs."""

    dag_runs: list[DagRun]


class TaskInstance(BaseModel):
    """A task of a run."""

    task_id: str
    state: str | None
    try_number: int
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    duration: float | None = None


class TaskInstances(BaseModel):
    """All tasks of a run, in no particular order."""

    task_instances: list[TaskInstance]


class DagTask(BaseModel):
    """A task as the DAG defines it."""

    task_id: str
    downstream_task_ids: list[str] = []


class DagTasks(BaseModel):
    """The DAG's tasks."""

    tasks: list[DagTask]


class XCom(BaseModel):
    """A value that a task handed on."""

    value: JsonValue


class Token(BaseModel):
    """What signing in gives."""

    access_token: str


class Airflow:
    """One Airflow; use it with `async with`, so that its connections end."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(base_url=settings.airflow_url, timeout=TIMEOUT_S)
        self._token: str | None = None
        self._signing_in = asyncio.Lock()

    async def trigger(self, run_id: str, conf: Mapping[str, JsonValue]) -> DagRun:
        """Start a run, or find the one that has this id already; a paused DAG is unpaused.

        Raises:
            AirflowAwayError: if Airflow can't be reached.
            AirflowRefusedError: if it doesn't let us, doesn't know the DAG, or doesn't take the parameters.
        """
        unpaused = await self._call("PATCH", "", params={"update_mask": "is_paused"}, json={"is_paused": False})
        if unpaused.status_code == 404:
            raise AirflowRefusedError(
                f"Airflow doesn't know the DAG {DAG_ID!r}.",
                advice="Right after a start it takes Airflow a minute to read it; else see its import errors.",
                reason="airflow_unknown_dag",
            )
        self._check(unpaused)
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        answer = await self._call("POST", "/dagRuns", json=body)
        if answer.status_code == 409:
            return await self.run(run_id)
        return self._read(answer, DagRun)

    async def run(self, run_id: str) -> DagRun:
        """One run.

        Raises:
            NotFoundError: if there is none of this id.
        """
        answer = await self._call("GET", f"/dagRuns/{_quoted(run_id)}")
        if answer.status_code == 404:
            msg = f"There is no run {run_id!r}."
            raise NotFoundError(msg, advice="GET /v1/pipeline/runs lists the last runs.", reason="unknown_run")
        return self._read(answer, DagRun)

    async def runs(self, limit: int) -> list[DagRun]:
        """The last runs, newest first."""
        answer = await self._call("GET", "/dagRuns", params={"limit": limit, "order_by": "-run_after"})
        return self._read(answer, DagRuns).dag_runs

    async def task_instances(self, run_id: str) -> list[TaskInstance]:
        """The tasks of a run."""
        answer = await self._call("GET", f"/dagRuns/{_quoted(run_id)}/taskInstances")
        return self._read(answer, TaskInstances).task_instances

    async def tasks(self) -> list[DagTask]:
        """The tasks of the DAG as it is now."""
        return self._read(await self._call("GET", "/tasks"), DagTasks).tasks

    async def result(self, run_id: str, task_id: str) -> JsonValue:
        """What a task returned; None if nothing."""
        path = f"/dagRuns/{_quoted(run_id)}/taskInstances/{_quoted(task_id)}/xcomEntries/{RESULT_KEY}"
        answer = await self._call("GET", path)
        if answer.status_code == 404:
            return None
        value = self._read(answer, XCom).value
        if not isinstance(value, str):
            return value
        try:
            decoded: JsonValue = json.loads(value)  # Airflow hands out what lies in its database: JSON in a string
        except ValueError:
            return value
        return decoded

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        url = f"/api/v2/dags/{DAG_ID}{path}"
        token = self._token or await self._sign_in(None)
        answer = await self._send(method, url, headers=_bearer(token), **options)
        if answer.status_code == 401:
            answer = await self._send(method, url, headers=_bearer(await self._sign_in(token)), **options)
        return answer

    async def _sign_in(self, refused: str | None) -> str:
        """A token other than the one that was refused; those who wait meanwhile share it."""
        async with self._signing_in:
            if self._token is not None and self._token != refused:
                return self._token
            name, password = self._settings.airflow_username, self._settings.airflow_password
            if name is None or password is None:
                msg = "ACNEFLOW_AIRFLOW_USERNAME or ACNEFLOW_AIRFLOW_PASSWORD isn't set."
                raise AirflowRefusedError(msg, advice="Set both in the gateway's environment and restart it.")
            credentials = {"username": name, "password": password.get_secret_value()}
            answer = await self._send("POST", "/auth/token", json=credentials)
            self._token = self._read(answer, Token).access_token
            return self._token

    async def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, url, **options)
        except httpx.TimeoutException as error:
            raise AirflowAwayError(f"Airflow didn't answer within {TIMEOUT_S:.0f} s.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AirflowAwayError("Airflow doesn't answer.") from error
        if answer.status_code >= 500:
            raise AirflowAwayError(f"Airflow answered with status {answer.status_code}.")
        return answer

    def _read(self, answer: httpx.Response, kind: type[M]) -> M:
        self._check(answer)
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            msg = "Airflow answered in a form that isn't its API's version 2."
            raise AirflowRefusedError(msg) from error

    def _check(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if answer.is_success:
            return
        if status in {401, 403}:
            msg = "Airflow doesn't accept the gateway's credentials."
            advice = "See ACNEFLOW_AIRFLOW_USERNAME and ACNEFLOW_AIRFLOW_PASSWORD, and that user's role."
            raise AirflowRefusedError(msg, advice=advice, reason="airflow_credentials")
        log.warning("airflow", extra={"cause": f"{status}: {answer.text[:500]}"})
        raise AirflowRefusedError(f"Airflow answered with status {status}; the gateway's log has the reason.")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _quoted(part: str) -> str:
    return quote(part, safe="")
