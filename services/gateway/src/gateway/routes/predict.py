"""`POST /v1/predict`."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from gateway.answers import Prediction, prediction_answer
from gateway.errors import (
    BodyTooLargeError,
    InvalidParametersError,
    MalformedRequestError,
    ModelServerAwayError,
    ModelServerFailedError,
    NotFoundError,
    NotReadyError,
    RefusedImageError,
    StoreAwayError,
    TooSlowError,
    UnsupportedMediaTypeError,
    UnusableVersionError,
)
from gateway.model_server import Target
from gateway.problems import documented
from gateway.routes.parts import ThePredictor
from gateway.upload import FORM_FIELD, RAW_TYPES, read_image

router = APIRouter(tags=["prediction"])

_BINARY = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {FORM_FIELD: _BINARY}, "required": [FORM_FIELD]}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One photo: JPEG, PNG or WebP, at most 20 MiB and 50 megapixels.",
        "content": {
            "multipart/form-data": {"schema": _FORM},
            **{media_type: {"schema": _BINARY} for media_type in RAW_TYPES},
        },
    }
}


@router.post(
    "/v1/predict",
    operation_id="predict",
    summary="Ask the model about one photo",
    openapi_extra=_BODY,
    responses=documented(
        MalformedRequestError,
        NotFoundError,
        BodyTooLargeError,
        UnsupportedMediaTypeError,
        RefusedImageError,
        InvalidParametersError,
        NotReadyError,
        ModelServerAwayError,
        ModelServerFailedError,
        StoreAwayError,
        UnusableVersionError,
        TooSlowError,
    ),
)
async def predict(
    request: Request,
    predictor: ThePredictor,
    *,
    top_k: Annotated[int, Query(ge=1, le=100, description="How many classes to name.")] = 3,
    channel: Annotated[
        Literal["production", "candidate"] | None, Query(description="Which version to ask; default production.")
    ] = None,
    version: Annotated[
        int | None, Query(ge=1, lt=2**31, description="A version by its number, instead of a channel.")
    ] = None,
    explain: Annotated[bool, Query(description="Also return the activation map.")] = False,
) -> Prediction:
    """The photo is decoded, asked about, and forgotten: it is neither stored nor logged."""
    if channel is not None and version is not None:
        raise InvalidParametersError("'channel' and 'version' were both given; give one of them.")
    target = Target() if version is None and channel is None else Target(channel, version)
    image = await read_image(request)
    predicted = await predictor.predict(image, target, explain=explain)
    return prediction_answer(predicted, top_k=top_k, request_id=request.state.request_id)
