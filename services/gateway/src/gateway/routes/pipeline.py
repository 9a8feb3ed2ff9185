"""`/v1/pipeline/runs`: training runs are started by admins and may be followed by anyone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from gateway.access import require_admin
from gateway.errors import (
    AdminSwitchedOffError,
    AirflowAwayError,
    AirflowRefusedError,
    BodyTooLargeError,
    InvalidParametersError,
    KeyReusedError,
    MalformedRequestError,
    NotAuthenticatedError,
    NotFoundError,
)
from gateway.problems import documented
from gateway.routes.parts import ThePipeline
from gateway.runs import RUN_ID_PATTERN, PipelineRun, RunList, RunRequest

router = APIRouter(prefix="/v1/pipeline", tags=["pipeline"])

RunId = Annotated[str, Path(pattern=RUN_ID_PATTERN, examples=["api__20261122T081500Z__5b1f0c7d"])]


@router.post(
    "/runs",
    operation_id="startRun",
    summary="Start a training run",
    status_code=202,
    dependencies=[Depends(require_admin)],
    responses={
        202: {"headers": {"Location": {"description": "Where to follow it.", "schema": {"type": "string"}}}},
        **documented(
            MalformedRequestError,
            NotAuthenticatedError,
            AdminSwitchedOffError,
            KeyReusedError,
            BodyTooLargeError,
            InvalidParametersError,
            AirflowAwayError,
            AirflowRefusedError,
        ),
    },
)
async def start_run(
    request: RunRequest,
    response: Response,
    pipeline: ThePipeline,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="Sent twice, it starts one run."),
    ] = None,
) -> PipelineRun:
    """Runs wait for each other: a second one is queued until the first has ended."""
    run = await pipeline.start(request, idempotency_key)
    response.headers["Location"] = f"/v1/pipeline/runs/{run.id}"
    return run


@router.get(
    "/runs",
    operation_id="listRuns",
    summary="The last training runs",
    responses=documented(InvalidParametersError, AirflowAwayError, AirflowRefusedError),
)
async def list_runs(pipeline: ThePipeline, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> RunList:
    """Newest first."""
    return RunList(runs=await pipeline.recent(limit))


@router.get(
    "/runs/{run_id}",
    operation_id="getRun",
    summary="How far a training run is",
    responses=documented(NotFoundError, InvalidParametersError, AirflowAwayError, AirflowRefusedError),
)
async def get_run(run_id: RunId, pipeline: ThePipeline) -> PipelineRun:
    """Its state, and its tasks with their results, in the order in which they run."""
    return await pipeline.run(run_id)
