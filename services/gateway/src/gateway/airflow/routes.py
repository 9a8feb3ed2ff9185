"""`/v1/airflow`: whether Airflow's processes run, and starting them."""

from fastapi import APIRouter, Depends

from contracts.api.runs import AirflowState
from gateway.airflow.starter import start_stopped, state_of
from gateway.http.access import require_admin
from gateway.http.dependencies import ADMIN_REFUSALS, TheAirflowStarter
from gateway.http.errors import AirflowStarterAwayError
from gateway.http.problems import problem_responses

router = APIRouter(prefix="/v1", tags=["pipeline"])


@router.get(
    "/airflow",
    operation_id="getAirflow",
    summary="Whether Airflow's processes run",
    responses=problem_responses(AirflowStarterAwayError),
)
async def get_airflow(starter: TheAirflowStarter) -> AirflowState:
    """As told by the process manager or the container engine; whether they are well, /v1/pipeline/health tells."""
    return await state_of(starter)


@router.post(
    "/airflow:start",
    operation_id="startAirflow",
    summary="Start Airflow's processes that are stopped",
    status_code=202,
    dependencies=[Depends(require_admin)],
    responses=problem_responses(*ADMIN_REFUSALS, AirflowStarterAwayError),
)
async def start_airflow(starter: TheAirflowStarter) -> AirflowState:
    """Those that run go on running. Ready in half a minute or so."""
    return await start_stopped(starter)
