"""`/v1/airflow`: whether Airflow's processes run, and starting them."""

from fastapi import APIRouter, Depends

from contracts.api.runs import AirflowState
from gateway.airflow import starter as airflow_door
from gateway.http.access import require_admin
from gateway.http.dependencies import ADMIN_REFUSALS, TheAirflowDoor
from gateway.http.errors import AirflowDoorClosedError
from gateway.http.problems import documented

router = APIRouter(prefix="/v1", tags=["pipeline"])


@router.get(
    "/airflow",
    operation_id="getAirflow",
    summary="Whether Airflow's processes run",
    responses=documented(AirflowDoorClosedError),
)
async def get_airflow(door: TheAirflowDoor) -> AirflowState:
    """As told by the process manager or the container engine; whether they are well, /v1/pipeline/health tells."""
    return await airflow_door.state(door)


@router.post(
    "/airflow:start",
    operation_id="startAirflow",
    summary="Start Airflow's processes that are stopped",
    status_code=202,
    dependencies=[Depends(require_admin)],
    responses=documented(*ADMIN_REFUSALS, AirflowDoorClosedError),
)
async def start_airflow(door: TheAirflowDoor) -> AirflowState:
    """Those that run go on running. Ready in half a minute or so."""
    return await airflow_door.start(door)
