"""A stand-in for Airflow: the few calls of its REST API v2 that the gateway makes, answered from a dictionary.

Starting the real one takes a minute and 1.8 GB; the end-to-end test does that. The answers' shapes are those of
Airflow 3.3.2.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stack.seaweedfs import free_ports

USERNAME, PASSWORD = "gateway", "a-password"
DAG_ID = "CNN-Training-Pipeline"
TASKS = ("scrape", "prepare", "train", "evaluate", "promote", "verify")


@dataclass
class AirflowStandIn:
    """What this Airflow holds; tests change it as a scheduler would."""

    url: str
    paused: bool = True
    known: bool = True
    """Whether it has read the DAG yet."""
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    instances: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """run → task → instance"""
    results: dict[tuple[str, str], Any] = field(default_factory=dict)
    logs: dict[tuple[str, str, int], list[dict[str, Any]]] = field(default_factory=dict)
    """(run, task, try) → events"""
    ill: set[str] = field(default_factory=set)
    """Parts whose heart has stopped."""
    tokens: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    """What was said of assets."""
    calls: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """By which a gateway finds it."""
        return {
            "ACNEFLOW_AIRFLOW_URL": self.url,
            "ACNEFLOW_AIRFLOW_USERNAME": USERNAME,
            "ACNEFLOW_AIRFLOW_PASSWORD": PASSWORD,
        }

    def recover(self) -> None:
        """It is healthy and has read its DAG, as at first; what it was asked for stays."""
        self.paused, self.known = True, True
        self.ill.clear()

    def begin(self, run_id: str, task: str) -> None:
        """The scheduler starts a task."""
        now = datetime.now(UTC).isoformat()
        self.runs[run_id] |= {"state": "running", "start_date": now}
        self.instances[run_id][task] |= {"state": "running", "try_number": 1, "start_date": now}

    def log(self, run_id: str, task: str, *lines: str) -> None:
        """A task logs."""
        marks = [{"event": "::group::Log message source details"}, {"event": "::endgroup::"}]
        events = [
            {"event": line, "timestamp": "2026-01-01T12:00:00Z", "level": "info", "logger": "x"} for line in lines
        ]
        self.logs[run_id, task, 1] = [*marks, *events]

    def end(self, run_id: str, task: str, state: str, result: Any = None) -> None:
        """A task ends, two seconds after it started."""
        moment = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC).isoformat()
        later = datetime(2026, 1, 1, 12, 0, 2, tzinfo=UTC).isoformat()
        self.instances[run_id][task] |= {"state": state, "try_number": 1, "start_date": moment, "end_date": later}
        self.instances[run_id][task]["duration"] = 2.0
        if result is not None:
            self.results[run_id, task] = result

    def app(self) -> Starlette:
        """The API."""
        dag = f"/api/v2/dags/{DAG_ID}"
        run = dag + "/dagRuns/{run_id}"
        return Starlette(
            routes=[
                Route("/auth/token", self._token, methods=["POST"]),
                Route("/api/v2/monitor/health", self._health),
                Route("/api/v2/assets", self._signed_in(self._assets)),
                Route("/api/v2/assets/events", self._signed_in(self._event), methods=["POST"]),
                Route(dag, self._signed_in(self._dag)),
                Route(dag, self._signed_in(self._patch), methods=["PATCH"]),
                Route(dag + "/tasks", self._signed_in(self._tasks)),
                Route(dag + "/dagRuns", self._signed_in(self._trigger), methods=["POST"]),
                Route(dag + "/dagRuns", self._signed_in(self._list)),
                Route(dag + "/dagRuns/~/taskInstances", self._signed_in(self._all_instances)),
                Route(run, self._signed_in(self._run)),
                Route(run, self._signed_in(self._change_run), methods=["PATCH"]),
                Route(run + "/taskInstances", self._signed_in(self._instances)),
                Route(run + "/taskInstances/{task}/xcomEntries/return_value", self._signed_in(self._xcom)),
                Route(run + "/taskInstances/{task}/logs/{number:int}", self._signed_in(self._logs)),
            ]
        )

    def _signed_in(self, answer: Any) -> Any:
        async def guarded(request: Request) -> Response:
            self.calls.append(f"{request.method} {request.url.path.removeprefix('/api/v2/dags/' + DAG_ID)}")
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.tokens:
                return JSONResponse({"detail": "Invalid JWT token"}, 401)
            found: Response = await answer(request)
            return found

        return guarded

    async def _assets(self, request: Request) -> Response:
        pattern = request.query_params["name_pattern"]
        known = {1: "acneflow-dataset", 2: "acneflow-new-images"}
        return JSONResponse({"assets": [{"id": key, "name": name} for key, name in known.items() if pattern in name]})

    async def _event(self, request: Request) -> Response:
        self.events.append(await request.json())
        return JSONResponse(self.events[-1])

    async def _token(self, request: Request) -> Response:
        self.calls.append("POST /auth/token")
        if await request.json() != {"username": USERNAME, "password": PASSWORD}:
            return JSONResponse({"detail": "Invalid credentials"}, 401)
        token = uuid.uuid4().hex
        self.tokens.add(token)
        return JSONResponse({"access_token": token}, 201)

    async def _patch(self, request: Request) -> Response:
        if not self.known:
            return JSONResponse({"detail": f"Dag with id {DAG_ID} was not found"}, 404)
        self.paused = (await request.json())["is_paused"]
        return JSONResponse({"dag_id": DAG_ID, "is_paused": self.paused})

    async def _dag(self, _request: Request) -> Response:
        if not self.known:
            return JSONResponse({"detail": f"Dag with id {DAG_ID} was not found"}, 404)
        return JSONResponse({"dag_id": DAG_ID, "is_paused": self.paused})

    async def _health(self, _request: Request) -> Response:
        self.calls.append("GET /monitor/health")
        beat = "2026-01-01T12:00:00+00:00"
        parts = {
            name: {
                "status": "unhealthy" if name in self.ill else "healthy",
                **({} if name == "metadatabase" else {f"latest_{name}_heartbeat": beat}),
            }
            for name in ("metadatabase", "scheduler", "dag_processor")
        }
        return JSONResponse({**parts, "triggerer": {"status": None, "latest_triggerer_heartbeat": None}})

    async def _tasks(self, _request: Request) -> Response:
        chain = zip(TASKS, [*TASKS[1:], None], strict=True)
        tasks = [{"task_id": task, "downstream_task_ids": [after] if after else []} for task, after in chain]
        return JSONResponse({"tasks": tasks[::-1], "total_entries": len(tasks)})

    async def _trigger(self, request: Request) -> Response:
        body = await request.json()
        if "logical_date" not in body:
            return JSONResponse({"detail": [{"loc": ["body", "logical_date"], "msg": "Field required"}]}, 422)
        run_id = body["dag_run_id"]
        if run_id in self.runs:
            return JSONResponse({"detail": "The DagRun already exists"}, 409)
        now = datetime.now(UTC).isoformat()
        self.runs[run_id] = {
            "dag_run_id": run_id,
            "dag_id": DAG_ID,
            "state": "queued",
            "queued_at": now,
            "start_date": None,
            "end_date": None,
            "conf": body["conf"],
            "note": None,
            "logical_date": None,
        }
        nothing = {"state": None, "try_number": 0, "start_date": None, "end_date": None, "duration": None}
        self.instances[run_id] = {task: {"task_id": task, **nothing} for task in reversed(TASKS)}
        return JSONResponse(self.runs[run_id])

    async def _list(self, request: Request) -> Response:
        runs = list(self.runs.values())[::-1][: int(request.query_params["limit"])]
        return JSONResponse({"dag_runs": runs, "total_entries": len(self.runs)})

    async def _run(self, request: Request) -> Response:
        run = self.runs.get(request.path_params["run_id"])
        return JSONResponse({"detail": "not found"}, 404) if run is None else JSONResponse(run)

    async def _change_run(self, request: Request) -> Response:
        run = self.runs.get(request.path_params["run_id"])
        if run is None:
            return JSONResponse({"detail": "not found"}, 404)
        run |= await request.json() | {"end_date": datetime.now(UTC).isoformat()}
        for task in self.instances[run["dag_run_id"]].values():
            if task["state"] not in {"success", "skipped"}:
                task["state"] = "failed" if task["state"] == "running" else "skipped"
        return JSONResponse(run)

    async def _all_instances(self, request: Request) -> Response:
        every = [task for run in reversed(self.instances.values()) for task in run.values()]
        chosen = [task for task in every if task["state"] == request.query_params["state"]]
        return JSONResponse({"task_instances": chosen[: int(request.query_params["limit"])]})

    async def _instances(self, request: Request) -> Response:
        instances = list(self.instances[request.path_params["run_id"]].values())
        return JSONResponse({"task_instances": instances, "total_entries": len(instances)})

    async def _xcom(self, request: Request) -> Response:
        name = (request.path_params["run_id"], request.path_params["task"])
        if name not in self.results:
            return JSONResponse({"detail": "XCom entry with key: `return_value` not found"}, 404)
        return JSONResponse({"key": "return_value", "value": self.results[name]})

    async def _logs(self, request: Request) -> Response:
        name = (request.path_params["run_id"], request.path_params["task"], request.path_params["number"])
        if name not in self.logs:
            return JSONResponse({"detail": "TaskInstance not found"}, 404)
        return JSONResponse({"content": self.logs[name], "continuation_token": None})


@contextmanager
def running_airflow_stand_in(port: int | None = None) -> Iterator[AirflowStandIn]:
    """Serve a stand-in on a socket, in a thread."""
    chosen = port or free_ports(1)[0]
    airflow = AirflowStandIn(f"http://127.0.0.1:{chosen}")
    server = uvicorn.Server(uvicorn.Config(airflow.app(), port=chosen, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield airflow
    finally:
        server.should_exit = True
        thread.join()
