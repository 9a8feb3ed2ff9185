"""The process manager of the embedded stack: supervisord's XML-RPC over its unix socket.

The socket lets its owner start and stop every process of the stack; only the methods and names below are ever sent.
"""

import xmlrpc.client
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from contracts.api.runs import AirflowPart, PartState
from gateway.http.errors import AirflowStarterAwayError

PROGRAMS = ("airflow-scheduler", "airflow-dags", "airflow-api")
"""As the stack calls them, in the order in which they are started."""
TIMEOUT_S = 5.0

_STATES: dict[str, PartState] = {
    "RUNNING": "running",
    "STARTING": "starting",
    "BACKOFF": "starting",
    "STOPPING": "stopping",
    "STOPPED": "stopped",
    "EXITED": "stopped",
    "FATAL": "failed",
    "UNKNOWN": "failed",
}


class SupervisorStarter:
    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def parts(self) -> list[AirflowPart]:
        infos: list[dict[str, Any]] = await self._call("getAllProcessInfo")
        known = {str(info["name"]): info for info in infos}
        return [_part(name, known.get(name)) for name in PROGRAMS]

    async def start(self, name: str) -> None:
        if name not in PROGRAMS:
            msg = f"{name!r} is no part of Airflow"
            raise ValueError(msg)
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
            async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT_S) as http:
                answer = await http.post("http://supervisor/RPC2", content=body, headers={"Content-Type": "text/xml"})
            answer.raise_for_status()
            (value,), _ = xmlrpc.client.loads(answer.content.decode())
        except (httpx.HTTPError, ExpatError, xmlrpc.client.ResponseError) as error:
            raise AirflowStarterAwayError("The process manager doesn't answer.") from error
        return value


def _part(name: str, info: dict[str, Any] | None) -> AirflowPart:
    if info is None:
        return AirflowPart(name=name, state="missing", detail="the process manager doesn't know it")
    state = _STATES.get(str(info["statename"]), "failed")
    return AirflowPart(name=name, state=state, detail=str(info["description"] or info["spawnerr"]))
