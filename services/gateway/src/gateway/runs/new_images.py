"""Tells Airflow that another dataset would come out now, which starts the training pipeline where it is set to.

It is an event of an Airflow asset: several while a run is under way start one run after it. Whoever accepts a
correction must not wait for Airflow, nor fail with it: the weekly run learns from the correction anyway.
"""

import structlog
from pydantic import BaseModel

from gateway.airflow.connection import AirflowConnection
from gateway.http.errors import GatewayError

ASSET = "acneflow-new-images"
"""What the pipeline is scheduled on, by name."""

log = structlog.get_logger()


class _Asset(BaseModel):
    id: int
    name: str


class _Assets(BaseModel):
    assets: list[_Asset]


class NewImages:
    """The asset at one Airflow."""

    def __init__(self, connection: AirflowConnection) -> None:
        self._connection = connection

    async def announce(self, why: str) -> None:
        """Say that there are some; that Airflow can't be told is logged."""
        try:
            answer = await self._connection.call("GET", "/api/v2/assets", params={"name_pattern": ASSET})
            known = [asset.id for asset in self._connection.read(answer, _Assets).assets if asset.name == ASSET]
            for asset_id in known:
                event = {"asset_id": asset_id, "extra": {"why": why}}
                self._connection.check(await self._connection.call("POST", "/api/v2/assets/events", json=event))
        except GatewayError as error:
            log.warning("airflow_not_told", cause=str(error))
