"""`/v1/pipeline`: training runs are started and stopped by admins and may be followed by anyone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from contracts.api.runs import RUN_EXAMPLE, RUN_ID_PATTERN, PipelineHealth, PipelineRun, RunList, RunSchema, TaskLogs
from contracts.manifest import ClassLabel
from contracts.run_parameters import RunRequest
from contracts.taxonomy import Taxonomy
from gateway.http import errors
from gateway.http.access import require_admin
from gateway.http.dependencies import ADMIN_REFUSALS, ThePipeline
from gateway.http.problems import problem_responses

_AIRFLOW = (errors.AirflowAwayError, errors.AirflowRefusedError)

router = APIRouter(prefix="/v1/pipeline", tags=["pipeline"])

RunId = Annotated[str, Path(pattern=RUN_ID_PATTERN, examples=[RUN_EXAMPLE])]
TaskId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,250}$", examples=["train"])]


@router.post(
    "/runs",
    operation_id="startRun",
    summary="Start a training run",
    status_code=202,
    dependencies=[Depends(require_admin)],
    responses={
        202: {"headers": {"Location": {"description": "Where to follow it.", "schema": {"type": "string"}}}},
        **problem_responses(
            *ADMIN_REFUSALS,
            errors.MalformedRequestError,
            errors.KeyReusedError,
            errors.BodyTooLargeError,
            errors.InvalidParametersError,
            *_AIRFLOW,
        ),
    },
)
async def start_run(
    request: RunRequest,
    response: Response,
    pipeline: ThePipeline,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="Sent twice, it starts one run.", examples=["monday"]),
    ] = None,
) -> PipelineRun:
    """Runs wait for each other: a second one is queued until the first has ended. A paused pipeline is unpaused."""
    run = await pipeline.start(request, idempotency_key)
    response.headers["Location"] = f"/v1/pipeline/runs/{run.id}"
    return run


@router.get(
    "/runs",
    operation_id="listRuns",
    summary="The last training runs",
    responses=problem_responses(errors.InvalidParametersError, *_AIRFLOW),
)
async def list_runs(pipeline: ThePipeline, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> RunList:
    """Newest first."""
    return RunList(runs=await pipeline.recent(limit))


@router.get(
    "/runs/{run_id}",
    operation_id="getRun",
    summary="How far a training run is",
    responses=problem_responses(errors.NotFoundError, errors.InvalidParametersError, *_AIRFLOW),
)
async def get_run(run_id: RunId, pipeline: ThePipeline) -> PipelineRun:
    """Its state and what came of it, and its steps with their results and reasons, in the order in which they run."""
    return await pipeline.run(run_id)


@router.post(
    "/runs/{run_id}:cancel",
    operation_id="cancelRun",
    summary="Stop a training run",
    status_code=202,
    dependencies=[Depends(require_admin)],
    responses=problem_responses(
        *ADMIN_REFUSALS, errors.NotFoundError, errors.ConflictError, errors.InvalidParametersError, *_AIRFLOW
    ),
)
async def cancel_run(run_id: RunId, pipeline: ThePipeline) -> PipelineRun:
    """The step that runs ends within 10 s and leaves nothing half-published; those that wait are skipped."""
    return await pipeline.cancel(run_id)


@router.get(
    "/runs/{run_id}/tasks/{task_id}/logs",
    operation_id="getTaskLogs",
    summary="What a step has logged",
    dependencies=[Depends(require_admin)],
    responses=problem_responses(*ADMIN_REFUSALS, errors.NotFoundError, errors.InvalidParametersError, *_AIRFLOW),
)
async def get_task_logs(
    run_id: RunId,
    task_id: TaskId,
    pipeline: ThePipeline,
    *,
    try_number: Annotated[int | None, Query(ge=1, le=1000, description="Null: its last try.")] = None,
    lines: Annotated[int, Query(ge=1, le=10_000, description="How many, from the end.")] = 500,
) -> TaskLogs:
    """For admins: logs name files and addresses. A step that runs logs a line every 30 s at least."""
    return await pipeline.logs(run_id, task_id, try_number=try_number, limit=lines)


@router.get("/schema", operation_id="getRunSchema", summary="What a training run can be given")
async def get_run_schema() -> RunSchema:
    """The JSON schema of the body that starts a run, and the classes of the taxonomy."""
    classes = [ClassLabel(name=entry.name, display_name=entry.display_name) for entry in Taxonomy.load().classes]
    return RunSchema(request=RunRequest.model_json_schema(), classes=classes)


@router.get(
    "/health",
    operation_id="getPipelineHealth",
    summary="Whether training runs can be started and get on",
    responses=problem_responses(*_AIRFLOW),
)
async def get_pipeline_health(pipeline: ThePipeline) -> PipelineHealth:
    """Airflow's own report on its parts, which it gives with status 200 even when a part is ill."""
    return await pipeline.health()
