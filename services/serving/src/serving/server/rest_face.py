"""TensorFlow Serving's REST API (https://www.tensorflow.org/tfx/serving/api_rest): model status and predict."""

import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from google.protobuf.json_format import MessageToDict

from serving.errors import Code, RequestRefusedError
from serving.server.grpc_face import version_status
from serving.server.json_tensors import read_call, write_prediction
from serving.server.predictor import Predictor
from serving.server.registry import Registry, Target
from wire import serving_pb2 as pb

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
"""How long a request may take; TensorFlow Serving's `--rest_api_timeout_in_ms` has the same default."""

_HTTP_STATUS = {
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 400,
    Code.NOT_FOUND: 404,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.INTERNAL: 500,
    Code.DEADLINE_EXCEEDED: 504,
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def rest_application(registry: Registry, predictor: Predictor, *, max_bytes: int) -> web.Application:
    """The HTTP application; a body of more than `max_bytes` is refused."""

    async def status(request: web.Request) -> web.Response:
        found = registry.statuses(_target(request))
        message = pb.GetModelStatusResponse(model_version_status=[version_status(one) for one in found])
        return web.json_response(
            MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        )

    async def predict(request: web.Request) -> web.Response:
        call, layout = read_call(_target(request), await request.read())
        prediction = await predictor.predict(call, timeout_s=TIMEOUT_S)
        return web.Response(text=write_prediction(prediction, layout), content_type="application/json")

    application = web.Application(client_max_size=max_bytes, middlewares=[_refusing])
    for which in ("", r"/versions/{version:\d+}", "/labels/{label:[^/:]+}"):
        application.router.add_get(f"/v1/models/{{model:[^/:]+}}{which}", status)
        application.router.add_post(f"/v1/models/{{model:[^/:]+}}{which}:predict", predict)
    return application


def _target(request: web.Request) -> Target:
    version = request.match_info.get("version")
    return Target(
        request.match_info["model"],
        version=None if version is None else int(version),
        label=request.match_info.get("label"),
    )


@web.middleware
async def _refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one place where errors become HTTP statuses; the body is TensorFlow Serving's `{"error": …}`."""
    try:
        return await handler(request)
    except RequestRefusedError as refused:
        status, message = _HTTP_STATUS[refused.code], str(refused)
    except web.HTTPException as error:
        status, message = error.status, f"{error.reason}: {request.method} {request.path}"
    except Exception:
        log.exception("a request failed in a way that nobody foresaw")
        status, message = 500, "the model server failed; its log says why"
    return web.Response(status=status, text=json.dumps({"error": message}), content_type="application/json")
