"""TensorFlow Serving's gRPC API: messages in, calls on the core, messages out. Decides nothing itself."""

import functools
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
import grpc.aio
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message

from contracts.models.outputs import PHOTOS, PIXELS, Signature
from serving.errors import Code, ModelConfigError, RequestRefusedError
from serving.model_config import from_message
from serving.server.api.signatures import check_inputs, find_signature, select_outputs, signature_map
from serving.server.metrics import Metrics
from serving.server.predictor import Call, Photos, Pixels, Predictor
from serving.server.registry import Registry, Target, VersionStatus
from wire import InvalidTensorError, Methods, bytes_tensor, generic_handlers, tensor, uint8_tensor
from wire import serving_pb2 as pb

log = structlog.get_logger()

SIGNATURE_DEF = "signature_def"
SIGNATURE_MAP_TYPE = "type.googleapis.com/tensorflow.serving.SignatureDefMap"
"""The official name, by which clients unpack it."""

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)
Context = grpc.aio.ServicerContext[Message, Message]
Answer = Callable[[Request, Context], Awaitable[Response]]

_STATUS = {code: next(status for status in grpc.StatusCode if status.value[0] == code) for code in Code}


def handlers(registry: Registry, predictor: Predictor, metrics: Metrics) -> list[grpc.GenericRpcHandler]:
    face = _Face(registry, predictor, metrics)
    return generic_handlers(
        {
            Methods.predict: _with_status_codes(face.predict),
            Methods.metadata: _with_status_codes(face.metadata),
            Methods.status: _with_status_codes(face.status),
            Methods.reload: _with_status_codes(face.reload),
        }
    )


class _Face:
    def __init__(self, registry: Registry, predictor: Predictor, metrics: Metrics) -> None:
        self._registry = registry
        self._predictor = predictor
        self._metrics = metrics

    async def predict(self, request: pb.PredictRequest, context: Context) -> pb.PredictResponse:
        with self._metrics.timing(request.model_spec.name, entrypoint="GRPC"):
            return await self._predict(request, context)

    async def _predict(self, request: pb.PredictRequest, context: Context) -> pb.PredictResponse:
        target = _target(request)
        signature = find_signature(request.model_spec.signature_name)
        check_inputs(signature, request.inputs.keys())
        images = _images(signature, request.inputs[signature.input.name])
        call = Call(target, signature, images, select_outputs(signature, tuple(request.output_filter)))
        prediction = await self._predictor.predict(call, timeout_s=context.time_remaining())
        spec = _spec(target.model, prediction.version)
        spec.signature_name = signature.name
        outputs = {name: tensor(value) for name, value in prediction.outputs.items()}
        return pb.PredictResponse(model_spec=spec, outputs=outputs)

    async def metadata(self, request: pb.GetModelMetadataRequest, _context: Context) -> pb.GetModelMetadataResponse:
        target = _target(request)
        if list(request.metadata_field) != [SIGNATURE_DEF]:
            message = f"metadata_field must be {SIGNATURE_DEF!r}, got {list(request.metadata_field)}"
            raise RequestRefusedError(Code.INVALID_ARGUMENT, message)
        with self._registry.lease(target) as loaded:
            packed = AnyMessage(type_url=SIGNATURE_MAP_TYPE, value=signature_map(loaded).SerializeToString())
            spec = _spec(target.model, loaded.number)
            return pb.GetModelMetadataResponse(model_spec=spec, metadata={SIGNATURE_DEF: packed})

    async def status(self, request: pb.GetModelStatusRequest, _context: Context) -> pb.GetModelStatusResponse:
        found = self._registry.statuses(_target(request))
        return pb.GetModelStatusResponse(model_version_status=[version_status(status) for status in found])

    async def reload(self, request: pb.ReloadConfigRequest, _context: Context) -> pb.ReloadConfigResponse:
        if request.config.WhichOneof("config") != "model_config_list":
            raise RequestRefusedError(Code.INVALID_ARGUMENT, "the request brings no model_config_list")
        await self._registry.apply(from_message(request.config, origin="the request"))
        return pb.ReloadConfigResponse(status=pb.StatusProto())


def version_status(status: VersionStatus) -> pb.ModelVersionStatus:
    state = pb.ModelVersionStatus.State.Name(status.state.value)
    health = pb.StatusProto(error_code=pb.UNKNOWN if status.error else pb.OK, error_message=status.error)
    return pb.ModelVersionStatus(version=status.version, state=state, status=health)


def _with_status_codes(answer: Answer[Request, Response]) -> Answer[Request, Response]:
    """The one place where errors become gRPC status codes."""

    @functools.wraps(answer)
    async def guarded(request: Request, context: Context) -> Response:
        try:
            return await answer(request, context)
        except RequestRefusedError as refused:
            code, message = refused.code, str(refused)
        except (InvalidTensorError, ModelConfigError) as error:
            code, message = Code.INVALID_ARGUMENT, str(error)
        except Exception:
            log.exception("request failed unexpectedly")
            code, message = Code.INTERNAL, "the model server failed; its log says why"
        return await context.abort(_STATUS[code], message)

    return guarded


def _target(request: pb.PredictRequest | pb.GetModelMetadataRequest | pb.GetModelStatusRequest) -> Target:
    spec = request.model_spec
    if not spec.name:
        raise RequestRefusedError(Code.INVALID_ARGUMENT, "the request's model_spec names no model")
    match spec.WhichOneof("version_choice"):
        case "version":
            return Target(spec.name, version=spec.version.value)
        case "version_label":
            return Target(spec.name, label=spec.version_label)
        case _:
            return Target(spec.name)


def _spec(model: str, version: int) -> pb.ModelSpec:
    spec = pb.ModelSpec(name=model)
    spec.version.value = version
    return spec


def _images(signature: Signature, value: pb.TensorProto) -> Pixels | Photos:
    try:
        if signature.input is PHOTOS:
            return bytes_tensor(value)
        return uint8_tensor(value, PIXELS.sizes({}))
    except InvalidTensorError as error:
        raise InvalidTensorError(f"input {signature.input.name!r}: {error}") from error
