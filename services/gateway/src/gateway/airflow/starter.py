"""Starts Airflow's processes when they are stopped, and tells whether they run: one protocol, two ways.

Whichever it is, nothing but Airflow's own parts can be started through it: their names are fixed by the operator.
"""

from collections.abc import Sequence
from typing import Protocol

from contracts.api.runs import AirflowPart, AirflowState, PartState
from gateway.airflow.docker_starter import DockerDoor
from gateway.airflow.supervisor_starter import SupervisorDoor
from gateway.http.errors import AirflowDoorClosedError
from gateway.settings import GatewaySettings

UP: frozenset[PartState] = frozenset({"running", "starting"})


class AirflowDoor(Protocol):
    """Whoever runs Airflow's processes."""

    async def parts(self) -> list[AirflowPart]:
        """Every part, in the order in which they are started.

        Raises:
            AirflowDoorClosedError: if it can't be asked.
        """

    async def start(self, name: str) -> None:
        """Start a part; one that runs goes on running.

        Raises:
            AirflowDoorClosedError: if it can't be asked, or refuses.
        """


class ClosedDoor:
    """There is nobody to ask."""

    async def parts(self) -> list[AirflowPart]:
        """Nobody knows.

        Raises:
            AirflowDoorClosedError: always.
        """
        raise AirflowDoorClosedError("The gateway isn't told who runs Airflow's processes.", reason="no_airflow_door")

    async def start(self, name: str) -> None:
        """Nobody starts it.

        Raises:
            AirflowDoorClosedError: always.
        """
        raise AirflowDoorClosedError(f"The gateway isn't told who runs {name}.", reason="no_airflow_door")


def airflow_door(settings: GatewaySettings) -> AirflowDoor:
    """The way that the settings name."""
    if settings.supervisor_socket is not None:
        return SupervisorDoor(settings.supervisor_socket)
    if settings.airflow_door is not None:
        return DockerDoor(settings.airflow_door, settings.containers)
    return ClosedDoor()


async def state(door: AirflowDoor) -> AirflowState:
    """Whether Airflow's processes run."""
    return _state(await door.parts())


async def start(door: AirflowDoor) -> AirflowState:
    """Start every part that is stopped, in their order, and tell how they stand then."""
    for part in await door.parts():
        if part.state not in UP:
            await door.start(part.name)
    return _state(await door.parts())


def _state(parts: Sequence[AirflowPart]) -> AirflowState:
    down = [part.name for part in parts if part.state not in UP]
    if down:
        sentence = f"Not running: {', '.join(down)}."
    elif any(part.state == "starting" for part in parts):
        sentence = "Airflow is starting."
    else:
        sentence = "Airflow's processes run; GET /v1/pipeline/health tells whether they are well."
    return AirflowState(running=not down, sentence=sentence, parts=list(parts))
