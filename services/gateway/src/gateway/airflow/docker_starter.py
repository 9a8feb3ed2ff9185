"""Airflow's containers, behind a proxy that lets two requests of Docker's API through and nothing else.

`GET /containers/<name>/json` and `POST /containers/<name>/start`, for the names that the operator listed.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from contracts.api.runs import AirflowPart, PartState
from gateway.http.errors import AirflowStarterAwayError

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 20.0
"""Starting a container takes the engine a second or two."""

_STATES: dict[str, PartState] = {
    "running": "running",
    "restarting": "starting",
    "created": "stopped",
    "exited": "stopped",
    "paused": "failed",
    "removing": "stopping",
    "dead": "failed",
}


class _Health(BaseModel):
    status: str = Field("none", alias="Status")


class _State(BaseModel):
    status: str = Field(alias="Status")
    exit_code: int = Field(0, alias="ExitCode")
    health: _Health | None = Field(None, alias="Health")


class _Container(BaseModel):
    state: _State = Field(alias="State")


class DockerStarter:
    def __init__(self, address: str, containers: Sequence[str]) -> None:
        self._address = address
        self._containers = tuple(containers)

    async def parts(self) -> list[AirflowPart]:
        return [await self._part(name) for name in self._containers]

    async def start(self, name: str) -> None:
        if name not in self._containers:
            msg = f"{name!r} is no part of Airflow"
            raise ValueError(msg)
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
            found = _Container.model_validate_json(answer.content).state
        except ValidationError as error:
            raise AirflowStarterAwayError(f"The container engine's word on {name} can't be read.") from error
        return AirflowPart(name=name, state=_state(found), detail=_detail(found))

    async def _send(self, method: str, path: str) -> "httpx.Response":
        import httpx  # noqa: PLC0415  (8 MB, which a gateway that only predicts never needs)

        try:
            async with httpx.AsyncClient(base_url=self._address, timeout=TIMEOUT_S, trust_env=False) as http:
                return await http.request(method, path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AirflowStarterAwayError("The container engine's proxy doesn't answer.") from error


def _state(found: _State) -> PartState:
    if found.status == "running" and found.health is not None and found.health.status == "starting":
        return "starting"
    return _STATES.get(found.status, "failed")


def _detail(found: _State) -> str:
    if found.status == "exited":
        return f"exited with code {found.exit_code}"
    health = found.health.status if found.health is not None else "none"
    return found.status if health == "none" else f"{found.status}, {health}"
