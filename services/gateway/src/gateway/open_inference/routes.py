"""`/v2`: the Open Inference Protocol, so that clients of Triton and KServe connect as they are."""

import asyncio
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.responses import Response

from gateway.http.dependencies import ThePredictor, TheSettings
from gateway.http.disconnect import while_connected
from gateway.http.errors import InvalidParametersError, NotFoundError, RefusedImageError
from gateway.http.health import ENDINGS as READINESS
from gateway.http.health import READINESS_TIMEOUT_S
from gateway.http.problems import problem_responses
from gateway.models.routes import ModelName, require_served
from gateway.open_inference import messages as open_inference
from gateway.open_inference.messages import InferenceResponse, Pixels
from gateway.predict.model_server import Target
from gateway.predict.request_photo import JSON_TYPE
from gateway.predict.routes import PREDICTING, AdmittedCaller, TimeoutMs, deadline_s
from gateway.predict.service import PredictionOptions, PredictionResult

router = APIRouter(prefix="/v2", tags=["open inference protocol"])

VersionText = Annotated[str, Path(pattern=r"^[1-9][0-9]{0,8}$", examples=["7"])]

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON_TYPE: {
                "schema": {"$ref": "#/components/schemas/InferenceRequest"},
                "examples": {
                    "one photo": {
                        "value": {
                            "inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": ["/9j/4AAQ…"]}]
                        }
                    }
                },
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.get("", operation_id="oipServer", summary="The server")
async def server() -> dict[str, Any]:
    """Its name, and which extensions of the protocol it understands."""
    return {"name": "acneflow", "version": version("acneflow-gateway"), "extensions": ["binary_tensor_data"]}


@router.get("/health/live", operation_id="oipLive", summary="Whether the gateway itself runs")
async def live() -> dict[str, bool]:
    """Asks nobody else."""
    return {"live": True}


@router.get(
    "/health/ready",
    operation_id="oipReady",
    summary="Whether predictions can be answered",
    responses=problem_responses(*READINESS),
)
async def ready(predictor: ThePredictor) -> dict[str, bool]:
    """The version in production is loaded."""
    await predictor.describe(Target(), timeout_s=READINESS_TIMEOUT_S)
    return {"ready": True}


_METADATA_ENDINGS = problem_responses(*READINESS, NotFoundError, InvalidParametersError)


@router.get("/models/{name}", operation_id="oipModel", summary="The model", responses=_METADATA_ENDINGS)
async def model(name: ModelName, predictor: ThePredictor, settings: TheSettings) -> dict[str, Any]:
    """Of the version in production."""
    return await _metadata(name, Target(), predictor, settings)


@router.get(
    "/models/{name}/versions/{number}",
    operation_id="oipVersion",
    summary="A version of the model",
    responses=_METADATA_ENDINGS,
)
async def model_version(
    name: ModelName, number: VersionText, predictor: ThePredictor, settings: TheSettings
) -> dict[str, Any]:
    """A version that is served."""
    return await _metadata(name, Target(None, int(number)), predictor, settings)


@router.get(
    "/models/{name}/ready",
    operation_id="oipModelReady",
    summary="Whether the model can answer",
    responses=_METADATA_ENDINGS,
)
async def model_ready(name: ModelName, predictor: ThePredictor, settings: TheSettings) -> dict[str, Any]:
    """The version in production is loaded."""
    await _metadata(name, Target(), predictor, settings)
    return {"name": name, "ready": True}


@router.get(
    "/models/{name}/versions/{number}/ready",
    operation_id="oipVersionReady",
    summary="Whether a version can answer",
    responses=_METADATA_ENDINGS,
)
async def version_ready(
    name: ModelName, number: VersionText, predictor: ThePredictor, settings: TheSettings
) -> dict[str, Any]:
    """The version is loaded."""
    await _metadata(name, Target(None, int(number)), predictor, settings)
    return {"name": name, "ready": True}


class _Infer:
    def __init__(
        self,
        request: Request,
        *,
        predictor: ThePredictor,
        settings: TheSettings,
        caller: AdmittedCaller,
        json_bytes: Annotated[int | None, Header(alias="Inference-Header-Content-Length", ge=2)] = None,
        timeout_ms: TimeoutMs = None,
    ) -> None:
        self._request = request
        self._predictor = predictor
        self._settings = settings
        self._client = caller.name
        self._json_bytes = json_bytes
        self._deadline_s = deadline_s(timeout_ms, settings)

    async def answer(self, name: str, target: Target | None) -> Response:
        require_served(name, self._settings.model)
        body = await self._request.body()
        asked, photos = await asyncio.to_thread(open_inference.parse, body, self._json_bytes)
        with while_connected(self._request):
            predicted = await self._all(photos, target)
        found = open_inference.answer(asked, predicted)
        return Response(found.model_dump_json(exclude_none=True), media_type=JSON_TYPE)

    async def _all(self, photos: list[bytes] | list[Pixels], target: Target | None) -> list[PredictionResult]:
        """In order and by one version; the first failure is that of the request."""
        predicted = [await self._one(photos[0], target, patient=False)]
        same = Target(None, predicted[0].served.version)
        predicted.extend([await self._one(photo, same, patient=True) for photo in photos[1:]])
        return predicted

    async def _one(self, photo: bytes | Pixels, target: Target | None, *, patient: bool) -> PredictionResult:
        return await self._predictor.predict(
            photo, PredictionOptions(target, self._client, self._deadline_s, patient=patient)
        )


_INFER_ENDINGS = problem_responses(*PREDICTING, RefusedImageError)


@router.post(
    "/models/{name}/infer",
    operation_id="oipInfer",
    summary="Ask the model",
    response_model=InferenceResponse,
    response_model_exclude_none=True,
    openapi_extra=_BODY,
    responses=_INFER_ENDINGS,
)
async def infer(name: ModelName, asking: Annotated[_Infer, Depends()]) -> Response:
    """Production answers, or the candidate for its share of the traffic."""
    return await asking.answer(name, None)


@router.post(
    "/models/{name}/versions/{number}/infer",
    operation_id="oipInferVersion",
    summary="Ask a version",
    response_model=InferenceResponse,
    response_model_exclude_none=True,
    openapi_extra=_BODY,
    responses=_INFER_ENDINGS,
)
async def infer_version(name: ModelName, number: VersionText, asking: Annotated[_Infer, Depends()]) -> Response:
    """A version that is served."""
    return await asking.answer(name, Target(None, int(number)))


async def _metadata(name: str, target: Target, predictor: ThePredictor, settings: TheSettings) -> dict[str, Any]:
    require_served(name, settings.model)
    description = await predictor.describe(target, timeout_s=READINESS_TIMEOUT_S)
    return open_inference.metadata(name, [description.version], len(description.classes))
