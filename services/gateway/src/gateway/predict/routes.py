"""`POST /v1/predict`."""

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from contracts.api.predict import ClassConfidence, ModelInfo, Prediction, Timing
from contracts.models.decisions import NOTICE, RankedClass
from contracts.models.outputs import HEATMAP
from gateway.http import errors
from gateway.http.access import Caller, Credentials, require_caller
from gateway.http.disconnect import while_connected
from gateway.http.health import ENDINGS
from gateway.http.problems import problem_responses
from gateway.predict.model_server import Target
from gateway.predict.request_photo import FORM_FIELD, FORM_TYPE, JSON_TYPE, read_image
from gateway.predict.service import PredictionOptions, PredictionResult, Predictor
from gateway.settings import GatewaySettings
from imaging import formats

PATH = "/v1/predict"
TIMEOUT_HEADER = "X-Request-Timeout-Ms"

PREDICTING = (
    errors.MalformedRequestError,
    errors.NotAuthenticatedError,
    errors.NotFoundError,
    errors.SlowUploadError,
    errors.BodyTooLargeError,
    errors.UnsupportedMediaTypeError,
    errors.InvalidParametersError,
    errors.BusyError,
    errors.RateLimitedError,
    *ENDINGS,
)
"""How every call that asks the model can end."""

BINARY = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {FORM_FIELD: BINARY}, "required": [FORM_FIELD]}
_JSON = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"image_b64": {"type": "string", "contentEncoding": "base64"}},
            "required": ["image_b64"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"image_url": {"type": "string", "format": "uri"}},
            "required": ["image_url"],
            "additionalProperties": False,
        },
    ]
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"One photo: {formats.NAMES}, at most 20 MiB and 50 megapixels. `image_url` is off "
        "unless the operator allows sites.",
        "content": {
            FORM_TYPE: {"schema": _FORM},
            **{media_type: {"schema": BINARY} for media_type in formats.MEDIA_TYPES},
            JSON_TYPE: {
                "schema": _JSON,
                "examples": {
                    "by content": {"value": {"image_b64": "/9j/4AAQSkZJRgABAQ…"}},
                    "by address": {"value": {"image_url": "https://example.org/photo.jpg"}},
                },
            },
        },
    }
}

TopK = Annotated[int, Query(ge=1, le=100, description="How many classes to name.")]
Channel = Annotated[
    Literal["production", "candidate"] | None,
    Query(description="Which version to ask; by default production, or the candidate for its share of the traffic."),
]
Version = Annotated[int | None, Query(ge=1, lt=2**31, description="A version by its number, instead of a channel.")]
Explain = Annotated[bool, Query(description="Also return the activation map.")]
TimeoutMs = Annotated[
    int | None,
    Header(
        alias=TIMEOUT_HEADER,
        ge=1,
        le=300_000,
        description="How long the caller waits once the photo has arrived; 10 s unless the operator says otherwise.",
    ),
]


async def admit(request: Request, credentials: Credentials) -> Caller:
    """Let those through who may ask and for whose photo there is room; of a refused request nothing else is read."""
    caller = await require_caller(request, credentials)
    predictor: Predictor = request.app.state.predictor
    predictor.admission.refuse_if_full(caller.name)
    return caller


AdmittedCaller = Annotated[Caller, Depends(admit)]

router = APIRouter(tags=["prediction"])


@router.post(
    PATH,
    operation_id="predict",
    summary="Ask the model about one photo",
    response_model=Prediction,
    openapi_extra=_BODY,
    responses=problem_responses(
        *PREDICTING, errors.AddressNotAllowedError, errors.RefusedImageError, errors.AddressUnusableError
    ),
)
async def predict(
    request: Request,
    *,
    caller: AdmittedCaller,
    top_k: TopK = 3,
    channel: Channel = None,
    version: Version = None,
    explain: Explain = False,
    timeout_ms: TimeoutMs = None,
) -> Response:
    """The photo is decoded, asked about, and forgotten: it is neither stored nor logged."""
    began = time.perf_counter()
    state = request.app.state  # each `Depends` more would cost every photo as much as signing its id
    predictor: Predictor = state.predictor
    options = PredictionOptions(
        target=asked_target(channel, version),
        client=caller.name,
        deadline_s=deadline_s(timeout_ms, state.settings),
        explain=explain,
    )
    image = await read_image(request, state.fetcher.fetch)
    upload_s = time.perf_counter() - began
    state.metrics.stage["upload"].observe(upload_s)
    with while_connected(request, at_once=not predictor.admission.free):
        result = await predictor.predict(image, options)
    answer = prediction_answer(result, top_k=top_k, upload_ms=upload_s * 1000, request_id=request.state.request_id)
    return Response(answer.model_dump_json(), media_type=JSON_TYPE)


def deadline_s(timeout_ms: int | None, settings: GatewaySettings) -> float:
    return settings.gateway_deadline_s if timeout_ms is None else timeout_ms / 1000


def asked_target(channel: str | None, version: int | None) -> Target | None:
    """The version that was asked for, if one was."""
    if channel is not None and version is not None:
        raise errors.InvalidParametersError("'channel' and 'version' were both given; give one of them.")
    return None if channel is None and version is None else Target(channel, version)


def prediction_answer(result: PredictionResult, *, top_k: int, upload_ms: float, request_id: str) -> Prediction:
    ranked = [_confidence(entry) for entry in result.answer.ranked[:top_k]]
    description, timing, heatmap = result.description, result.timing, result.served.others.get(HEATMAP.name)
    return Prediction(
        prediction=ranked[0],
        top_k=ranked,
        decision=result.answer.decision,
        sentence=result.answer.sentence,
        support=round(result.served.support, 6),
        model=ModelInfo(
            name=description.name,
            version=description.version,
            channel=result.target.channel,
            dataset_id=description.dataset_id,
            trained_at=description.trained_at,
            synthetic=description.synthetic,
            notice=description.notice,
        ),
        heatmap=None if heatmap is None else heatmap.round(4).tolist(),
        timing_ms=Timing(
            upload=round(upload_ms, 2),
            queue=round(timing.queue_ms, 2),
            decode=round(timing.decode_ms, 2),
            model=round(timing.model_ms, 2),
            total=round(timing.total_ms, 2),
        ),
        prediction_id=result.id,
        request_id=request_id,
        notice=NOTICE,
    )


def _confidence(entry: RankedClass) -> ClassConfidence:
    probability = min(max(round(entry.probability, 6), 0.0), 1.0)  # float32 may sum to a hair over 1
    return ClassConfidence(label=entry.label, display_name=entry.display_name, confidence=probability)
