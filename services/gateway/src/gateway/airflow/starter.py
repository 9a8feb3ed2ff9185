"""Starts Airflow's processes when they are stopped, and tells whether they run: one protocol, two ways.

Whichever it is, nothing but Airflow's own parts can be started through it: their names are fixed by the operator.
"""

from collections.abc import Sequence
from typing import NoReturn, Protocol

from contracts.api.runs import AirflowPart, AirflowState, PartState
from gateway.airflow.docker_starter import DockerStarter
from gateway.airflow.supervisor_starter import SupervisorStarter
from gateway.http.errors import AirflowStarterAwayError
from gateway.settings import GatewaySettings

UP: frozenset[PartState] = frozenset({"running", "starting"})


class AirflowStarter(Protocol):
    """Whoever runs Airflow's processes."""

    async def parts(self) -> list[AirflowPart]:
        """Every part, in the order in which they are started.

        Raises:
            AirflowStarterAwayError: if it can't be asked.
        """

    async def start(self, name: str) -> None:
        """Start a part; one that runs goes on running.

        Raises:
            AirflowStarterAwayError: if it can't be asked, or refuses.
        """


class NoStarter:
    async def parts(self) -> NoReturn:
        raise AirflowStarterAwayError("The gateway isn't told who runs Airflow's processes.", reason="no_airflow_door")

    async def start(self, _name: str) -> NoReturn:
        await self.parts()


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


def _sentence(down: Sequence[str], parts: Sequence[AirflowPart]) -> str:
    if down:
        return f"Not running: {', '.join(down)}."
    if any(part.state == "starting" for part in parts):
        return "Airflow is starting."
    return "Airflow's processes run; GET /v1/pipeline/health tells whether they are well."
