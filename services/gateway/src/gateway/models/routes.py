"""`/v1/models`: what was published, how it was judged, what is in production, what the candidate sees, and drift."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import HTMLResponse, Response

from contracts.api.models import (
    ModelChannels,
    ModelDetail,
    ModelList,
    Reason,
    RollbackRequest,
    TrafficRules,
    VersionDetail,
)
from contracts.models.drift import DriftReport
from contracts.run import Evaluation
from gateway.http import documents, errors
from gateway.http.access import require_admin
from gateway.http.dependencies import (
    ADMIN_RECORD_ERRORS,
    ADMIN_REFUSALS,
    READING_ERRORS,
    TheDrift,
    TheModels,
    ThePromotion,
    TheSettings,
    TheTraffic,
)
from gateway.http.problems import problem_responses

router = APIRouter(prefix="/v1/models", tags=["models"])

SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"

ModelName = Annotated[str, Path(pattern=SLUG_PATTERN, max_length=80, examples=["acne"])]
VersionNumber = Annotated[int, Path(ge=1, lt=2**31, examples=[7])]

_READING = problem_responses(*READING_ERRORS)
_MOVING = problem_responses(
    errors.MalformedRequestError,
    *ADMIN_REFUSALS,
    errors.NotFoundError,
    errors.ConflictError,
    errors.BodyTooLargeError,
    errors.InvalidParametersError,
    errors.DamagedObjectError,
)
_TRAFFIC = problem_responses(*ADMIN_RECORD_ERRORS)
_SETTING_TRAFFIC = problem_responses(*ADMIN_RECORD_ERRORS, errors.MalformedRequestError, errors.BodyTooLargeError)


@router.get(
    "",
    operation_id="listModels",
    summary="All models",
    responses=problem_responses(errors.StoreAwayError, errors.DamagedObjectError),
)
async def list_models(models: TheModels) -> ModelList:
    """With what their channels point to."""
    return ModelList(models=await models.all())


@router.get("/{name}", operation_id="getModel", summary="A model, its versions and who serves them", responses=_READING)
async def get_model(
    name: ModelName,
    models: TheModels,
    limit: Annotated[int, Query(ge=1, le=500, description="How many versions, newest first.")] = 50,
) -> ModelDetail:
    """Channels with their history, versions with their figures, and what each model server holds."""
    return await models.model(name, limit=limit)


@router.get(
    "/{name}/versions/{version}",
    operation_id="getVersion",
    summary="All that is known of a version",
    responses=_READING,
)
async def get_version(name: ModelName, version: VersionNumber, models: TheModels) -> VersionDetail:
    """Classes, thresholds, figures, origin, the gate's checks and the files."""
    return await models.version(name, version)


@router.get(
    "/{name}/versions/{version}/evaluation",
    operation_id="getEvaluation",
    summary="How a version was judged, as a document",
    responses={200: {"model": Evaluation}, **_READING},
)
async def get_evaluation(name: ModelName, version: VersionNumber, models: TheModels) -> Response:
    """`evaluation.json` byte by byte; documents older than a field don't have it."""
    return documents.json_document(await models.evaluation(name, version))


@router.get(
    "/{name}/versions/{version}/report",
    operation_id="getReport",
    summary="How a version was judged, as a page",
    response_class=HTMLResponse,
    response_description="A page without scripts; styles and pictures are inside.",
    responses=_READING,
)
async def get_report(name: ModelName, version: VersionNumber, models: TheModels) -> Response:
    """For people; the figures in it stand in the evaluation too."""
    return documents.page(await models.report(name, version))


@router.get(
    "/{name}/versions/{version}/model-card",
    operation_id="getModelCard",
    summary="What a version is for, and what it isn't",
    response_class=Response,
    response_description="The model card (arXiv:1810.03993), in Markdown.",
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}, **_READING},
)
async def get_model_card(name: ModelName, version: VersionNumber, models: TheModels) -> Response:
    """It travels with the version."""
    return documents.markdown(await models.card(name, version))


@router.post(
    "/{name}/versions/{version}:promote",
    operation_id="promoteVersion",
    summary="Put a version into production",
    dependencies=[Depends(require_admin)],
    responses=_MOVING,
)
async def promote_version(
    name: ModelName, version: VersionNumber, promotion: ThePromotion, body: Reason | None = None
) -> ModelChannels:
    """Only what the gate accepted against the version that is in production now. Model servers follow in seconds."""
    return await promotion.promote(name, version, (body or Reason()).reason)


@router.post(
    "/{name}/versions/{version}:reject",
    operation_id="rejectVersion",
    summary="Take a candidate back",
    dependencies=[Depends(require_admin)],
    responses=_MOVING,
)
async def reject_version(
    name: ModelName, version: VersionNumber, promotion: ThePromotion, body: Reason | None = None
) -> ModelChannels:
    """What is in production can't be rejected, only rolled back."""
    return await promotion.reject(name, version, (body or Reason()).reason)


@router.post(
    "/{name}:rollback",
    operation_id="rollBack",
    summary="Put an earlier version back into production",
    dependencies=[Depends(require_admin)],
    responses=_MOVING,
)
async def roll_back(name: ModelName, promotion: ThePromotion, body: RollbackRequest | None = None) -> ModelChannels:
    """The last one before, or the one in `to`. Model servers follow in seconds."""
    wanted = body or RollbackRequest()
    return await promotion.roll_back(name, wanted.to, wanted.reason)


@router.get(
    "/{name}/traffic",
    operation_id="getTraffic",
    summary="How much the candidate sees",
    dependencies=[Depends(require_admin)],
    responses=_TRAFFIC,
)
async def get_traffic(name: ModelName, rules: TheTraffic, settings: TheSettings) -> TrafficRules:
    """As it stands in the store now."""
    require_served(name, settings.model)
    current = await rules.refresh()
    return TrafficRules(mode=current.mode, share=current.share)


@router.put(
    "/{name}/traffic",
    operation_id="setTraffic",
    summary="Set how much the candidate sees",
    dependencies=[Depends(require_admin)],
    responses=_SETTING_TRAFFIC,
)
async def set_traffic(name: ModelName, wanted: TrafficRules, rules: TheTraffic, settings: TheSettings) -> TrafficRules:
    """Obeyed by this gateway at once and by all others within two seconds.

    Requests that name a version aren't touched.
    """
    require_served(name, settings.model)
    await rules.change(lambda now: now.model_copy(update=wanted.model_dump()))
    return wanted


@router.get(
    "/{name}/drift",
    operation_id="getDrift",
    summary="Whether people ask about other pictures than the model was validated on",
    responses=problem_responses(errors.NotReadyError, *READING_ERRORS),
)
async def get_drift(name: ModelName, drift: TheDrift, settings: TheSettings) -> DriftReport:
    """Of the version in production; as the DAG Drift-Check measured it last."""
    require_served(name, settings.model)
    return await drift.read()


def require_served(name: str, served: str) -> None:
    if name != served:
        raise errors.NotFoundError(f"This gateway serves {served!r}, not {name!r}.", reason="unknown_model")
