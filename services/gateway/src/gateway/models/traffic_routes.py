"""`/v1/models/{name}/traffic`: how much the candidate sees, read and set by admins while everything runs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from contracts.api.models import TrafficRules
from contracts.traffic import Traffic
from gateway.http.access import require_admin
from gateway.http.dependencies import ADMIN_REFUSALS, TheSettings
from gateway.http.errors import (
    BodyTooLargeError,
    DamagedObjectError,
    InvalidParametersError,
    MalformedRequestError,
    NotFoundError,
)
from gateway.http.problems import documented
from gateway.models.routes import ModelName
from gateway.store.watched_document import Watched

router = APIRouter(prefix="/v1/models", tags=["models"], dependencies=[Depends(require_admin)])

_ENDINGS = (*ADMIN_REFUSALS, NotFoundError, InvalidParametersError, DamagedObjectError)


async def _watched(request: Request) -> Watched[Traffic]:
    watched: Watched[Traffic] = request.app.state.traffic
    return watched


TheRules = Annotated[Watched[Traffic], Depends(_watched)]


@router.get(
    "/{name}/traffic",
    operation_id="getTraffic",
    summary="How much the candidate sees",
    responses=documented(*_ENDINGS),
)
async def get_traffic(name: ModelName, rules: TheRules, settings: TheSettings) -> TrafficRules:
    """As it stands in the store now."""
    _require_served(name, settings.model)
    current = await rules.refresh()
    return TrafficRules(mode=current.mode, share=current.share)


@router.put(
    "/{name}/traffic",
    operation_id="setTraffic",
    summary="Set how much the candidate sees",
    responses=documented(*_ENDINGS, MalformedRequestError, BodyTooLargeError),
)
async def set_traffic(name: ModelName, wanted: TrafficRules, rules: TheRules, settings: TheSettings) -> TrafficRules:
    """Obeyed by this gateway at once and by all others within two seconds.

    Requests that name a version aren't touched.
    """
    _require_served(name, settings.model)
    await rules.change(lambda now: now.model_copy(update=wanted.model_dump()))
    return wanted


def _require_served(name: str, served: str) -> None:
    if name != served:
        raise NotFoundError(f"This gateway serves {served!r}, not {name!r}.", reason="unknown_model")
