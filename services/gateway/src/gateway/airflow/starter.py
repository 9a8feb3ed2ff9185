"""Starts Airflow's processes when they are stopped, and tells whether they run: one protocol, two ways.

Whichever it is, nothing but Airflow's own parts can be started through it: their names are fixed by the operator.
"""

import xmlrpc.client
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from xml.parsers.expat import ExpatError

from pydantic import AliasPath, BaseModel, Field, ValidationError

from contracts.api.runs import AirflowPart, AirflowState, PartState
from gateway.http.errors import AirflowStarterAwayError
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    import httpx

UP: frozenset[PartState] = frozenset({"running", "starting"})
PROGRAMS = ("airflow-scheduler", "airflow-dags", "airflow-api")
"""As the embedded stack calls them, in the order in which they are started."""
SUPERVISOR_TIMEOUT_S = 5.0
DOCKER_TIMEOUT_S = 20.0
"""Starting a container takes the engine a second or two."""

_SUPERVISOR_STATES: dict[str, PartState] = {
    "RUNNING": "running",
    "STARTING": "starting",
    "BACKOFF": "starting",
    "STOPPING": "stopping",
    "STOPPED": "stopped",
    "EXITED": "stopped",
    "FATAL": "failed",
    "UNKNOWN": "failed",
}
_DOCKER_STATES: dict[str, PartState] = {
    "running": "running",
    "restarting": "starting",
    "created": "stopped",
    "exited": "stopped",
    "paused": "failed",
    "removing": "stopping",
    "dead": "failed",
}


class AirflowStarter(Protocol):
    """Whoever runs Airflow's processes; raises `AirflowStarterAwayError` if it can't be asked, or refuses."""

    async def parts(self) -> list[AirflowPart]:
        """Every part, in the order in which they are started."""

    async def start(self, name: str) -> None:
        """Start a part; one that runs goes on running."""


def airflow_starter(settings: GatewaySettings) -> AirflowStarter:
    if settings.supervisor_socket is not None:
        return SupervisorStarter(settings.supervisor_socket)
    if settings.airflow_door is not None:
        return DockerStarter(settings.airflow_door, settings.containers)
    return NoStarter()


async def state_of(starter: AirflowStarter) -> AirflowState:
    parts = await starter.parts()
    down = [part.name for part in parts if part.state not in UP]
    return AirflowState(running=not down, sentence=_sentence(down, parts), parts=tuple(parts))


async def start_stopped(starter: AirflowStarter) -> AirflowState:
    """Start every part that is stopped, in their order, and tell how they stand then."""
    for part in await starter.parts():
        if part.state not in UP:
            await starter.start(part.name)
    return await state_of(starter)


class NoStarter:
    async def parts(self) -> NoReturn:
        raise AirflowStarterAwayError("The gateway isn't told who runs Airflow's processes.", reason="no_airflow_door")

    async def start(self, _name: str) -> NoReturn:
        await self.parts()


class SupervisorStarter:
    """The process manager of the embedded stack: supervisord's XML-RPC over its unix socket.

    The socket lets its owner start and stop every process of the stack; only the methods and names below are ever sent.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def parts(self) -> list[AirflowPart]:
        infos: list[dict[str, Any]] = await self._call("getAllProcessInfo")
        known = {str(info["name"]): info for info in infos}
        return [_part(name, known.get(name)) for name in PROGRAMS]

    async def start(self, name: str) -> None:
        if name not in PROGRAMS:
            raise ValueError(f"{name!r} is no part of Airflow")
        try:
            await self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise AirflowStarterAwayError(f"The process manager can't start {name}.") from fault

    async def _call(self, method: str, *arguments: object) -> Any:
        body = xmlrpc.client.dumps(arguments, f"supervisor.{method}")  # type: ignore[arg-type]
        import httpx  # noqa: PLC0415  (8 MB, which a gateway that only predicts never needs)

        try:
            transport = httpx.AsyncHTTPTransport(uds=str(self._socket))
            async with httpx.AsyncClient(transport=transport, timeout=SUPERVISOR_TIMEOUT_S) as http:
                answer = await http.post("http://supervisor/RPC2", content=body, headers={"Content-Type": "text/xml"})
            answer.raise_for_status()
            (value,), _ = xmlrpc.client.loads(answer.content.decode())
        except (httpx.HTTPError, ExpatError, xmlrpc.client.ResponseError) as error:
            raise AirflowStarterAwayError("The process manager doesn't answer.") from error
        return value


class DockerStarter:
    """Airflow's containers, behind a proxy that lets two requests of Docker's API through and nothing else.

    `GET /containers/<name>/json` and `POST /containers/<name>/start`, for the names that the operator listed.
    """

    def __init__(self, address: str, containers: Sequence[str]) -> None:
        self._address = address
        self._containers = tuple(containers)

    async def parts(self) -> list[AirflowPart]:
        return [await self._part(name) for name in self._containers]

    async def start(self, name: str) -> None:
        if name not in self._containers:
            raise ValueError(f"{name!r} is no part of Airflow")
        answer = await self._send("POST", f"/containers/{name}/start")
        if answer.status_code not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            raise AirflowStarterAwayError(f"The container engine answered {answer.status_code} to starting {name}.")

    async def _part(self, name: str) -> AirflowPart:
        answer = await self._send("GET", f"/containers/{name}/json")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return AirflowPart(name=name, state="missing", detail="there is no such container")
        if answer.status_code != HTTPStatus.OK:
            raise AirflowStarterAwayError(f"The container engine answered {answer.status_code} about {name}.")
        try:
            found = _Container.model_validate_json(answer.content)
        except ValidationError as error:
            raise AirflowStarterAwayError(f"The container engine's word on {name} can't be read.") from error
        return AirflowPart(name=name, state=found.state(), detail=found.detail())

    async def _send(self, method: str, path: str) -> "httpx.Response":
        import httpx  # noqa: PLC0415  (8 MB, which a gateway that only predicts never needs)

        try:
            async with httpx.AsyncClient(base_url=self._address, timeout=DOCKER_TIMEOUT_S, trust_env=False) as http:
                return await http.request(method, path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AirflowStarterAwayError("The container engine's proxy doesn't answer.") from error


class _Container(BaseModel):
    status: str = Field(validation_alias=AliasPath("State", "Status"))
    exit_code: int = Field(0, validation_alias=AliasPath("State", "ExitCode"))
    health: str = Field("none", validation_alias=AliasPath("State", "Health", "Status"))

    def state(self) -> PartState:
        if self.status == "running" and self.health == "starting":
            return "starting"
        return _DOCKER_STATES.get(self.status, "failed")

    def detail(self) -> str:
        if self.status == "exited":
            return f"exited with code {self.exit_code}"
        return self.status if self.health == "none" else f"{self.status}, {self.health}"


def _part(name: str, info: dict[str, Any] | None) -> AirflowPart:
    if info is None:
        return AirflowPart(name=name, state="missing", detail="the process manager doesn't know it")
    state = _SUPERVISOR_STATES.get(str(info["statename"]), "failed")
    return AirflowPart(name=name, state=state, detail=str(info["description"] or info["spawnerr"]))


def _sentence(down: Sequence[str], parts: Sequence[AirflowPart]) -> str:
    if down:
        return f"Not running: {', '.join(down)}."
    if any(part.state == "starting" for part in parts):
        return "Airflow is starting."
    return "Airflow's processes run; GET /v1/pipeline/health tells whether they are well."
