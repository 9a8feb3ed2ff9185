"""Airflow is started through whoever runs it: a real supervisord, or a stand-in for Docker's API behind its proxy."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from gateway.airflow.starter import PROGRAMS, DockerStarter, SupervisorStarter
from stack import preflight
from stack.airflow import PARTS
from stack.manager import ProcessManager, Program
from stack.preflight import STATE_VARIABLE
from stack.seaweedfs import SeaweedFS, free_ports
from support.gateway import ADMIN_KEY, control_environment, running_gateway

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ProcessManager]:
    """A supervisord that knows Airflow's three programs and one that is none of the gateway's business."""
    manager = ProcessManager(tmp_path / "state")
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    environment = {STATE_VARIABLE: str(manager.state)}
    manager.start([Program(name, sleeper, Path("/"), environment) for name in (*PROGRAMS, "store")])
    yield manager
    if manager.alive:
        manager.stop()
    preflight.end(preflight.leftovers(tmp_path / "state"))


@pytest.fixture
def http(manager: ProcessManager, s3_server: SeaweedFS, tmp_path: Path) -> Iterator[httpx.Client]:
    """A gateway that may ask it."""
    environment = {
        **control_environment(s3_server.settings("door")),
        "ACNEFLOW_SUPERVISOR_SOCKET": str(manager.socket),
    }
    with (
        running_gateway(environment, tmp_path / "log") as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as http,
    ):
        yield http


def states(answer: httpx.Response) -> list[str]:
    return [part["state"] for part in answer.json()["parts"]]


def test_the_gateway_calls_airflows_programs_as_the_stack_does() -> None:
    assert tuple(PARTS) == PROGRAMS


def test_what_is_stopped_is_started_and_nothing_else(http: httpx.Client, manager: ProcessManager) -> None:
    before = http.get("/v1/airflow")
    assert (before.status_code, before.json()["running"]) == (200, False)
    assert states(before) == ["stopped"] * 3
    assert "airflow-scheduler" in before.json()["sentence"]
    answer = http.post("/v1/airflow:start", headers=ADMIN)
    assert (answer.status_code, answer.json()["running"]) == (202, True), answer.text
    deadline = time.monotonic() + 20
    while states(http.get("/v1/airflow")) != ["running"] * 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert states(http.get("/v1/airflow")) == ["running"] * 3
    pids = [state.pid for state in manager.states()]
    assert http.post("/v1/airflow:start", headers=ADMIN).status_code == 202
    assert [state.pid for state in manager.states()] == pids
    store = manager.state_of("store")
    assert store is not None
    assert store.state == "STOPPED"


def test_only_an_admin_starts_it(http: httpx.Client) -> None:
    assert http.post("/v1/airflow:start").status_code == 401
    assert states(http.get("/v1/airflow")) == ["stopped"] * 3


def test_a_process_manager_that_is_gone_is_said_so(http: httpx.Client, manager: ProcessManager) -> None:
    manager.stop()
    for answer in (http.get("/v1/airflow"), http.post("/v1/airflow:start", headers=ADMIN)):
        assert (answer.status_code, answer.json()["reason"]) == (503, "airflow_door_closed")


def test_a_gateway_that_was_told_of_neither_says_so(s3_server: SeaweedFS, tmp_path: Path) -> None:
    with running_gateway(control_environment(s3_server.settings("door")), tmp_path / "log") as gateway:
        answer = httpx.get(f"{gateway.url}/v1/airflow", timeout=30)
    assert (answer.status_code, answer.json()["reason"]) == (503, "no_airflow_door")
    assert "ACNEFLOW_SUPERVISOR_SOCKET" in answer.json()["advice"]


async def test_no_door_starts_anything_but_airflow() -> None:
    with pytest.raises(ValueError, match="store"):
        await SupervisorStarter(Path("/nowhere")).start("store")
    with pytest.raises(ValueError, match="store"):
        await DockerStarter("http://127.0.0.1:1", ["airflow"]).start("store")


@dataclass
class EngineStandIn:
    """Docker's API behind the proxy, as much of it as is let through; tests/stack has the real one."""

    states: dict[str, str]
    started: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def running_engine(engine: EngineStandIn) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.split("/")[2]
            if name not in engine.states:
                self._answer(404, b'{"message":"No such container"}')
            else:
                self._answer(200, b'{"State":{"Status":"%s","ExitCode":3}}' % engine.states[name].encode())

        def do_POST(self) -> None:
            name = self.path.split("/")[2]
            if name in engine.refused:
                self._answer(403, b"no")
                return
            engine.started.append(name)
            engine.states[name] = "running"
            self._answer(204, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    (port,) = free_ports(1)
    server = HTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_containers_are_started_in_the_operators_order(s3_server: SeaweedFS, tmp_path: Path) -> None:
    engine = EngineStandIn({"scheduler": "exited", "api": "running", "dags": "created"})
    with running_engine(engine) as address:
        environment = {
            **control_environment(s3_server.settings("door")),
            "ACNEFLOW_AIRFLOW_DOOR": address,
            "ACNEFLOW_AIRFLOW_CONTAINERS": "scheduler, dags, api, ghost",
        }
        with running_gateway(environment, tmp_path / "log") as gateway:
            before = httpx.get(f"{gateway.url}/v1/airflow", timeout=30)
            assert states(before) == ["stopped", "stopped", "running", "missing"]
            assert before.json()["parts"][0]["detail"] == "exited with code 3"
            httpx.post(f"{gateway.url}/v1/airflow:start", headers=ADMIN, timeout=30)
            assert engine.started == ["scheduler", "dags", "ghost"]
            engine.states["scheduler"], engine.refused = "exited", ["scheduler"]
            refused = httpx.post(f"{gateway.url}/v1/airflow:start", headers=ADMIN, timeout=30)
            assert (refused.status_code, refused.json()["reason"]) == (503, "airflow_door_closed")
