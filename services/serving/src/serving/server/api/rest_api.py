"""TensorFlow Serving's REST API (https://www.tensorflow.org/tfx/serving/api_rest), and the metrics."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

import structlog
from aiohttp import web
from google.protobuf import text_format
from google.protobuf.json_format import MessageToDict

from serving.errors import Code, RequestRefusedError, StartError
from serving.server.api.grpc_api import version_status
from serving.server.api.json_tensors import read_call, write_prediction
from serving.server.api.signatures import metadata_json
from serving.server.metrics import CONTENT_TYPE, Metrics
from serving.server.predictor import Predictor
from serving.server.registry import Registry, Target
from wire import serving_pb2 as pb

DEFAULT_METRICS_PATH = "/monitoring/prometheus/metrics"

log = structlog.get_logger()

_HTTP_STATUS = {
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 400,
    Code.NOT_FOUND: 404,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.INTERNAL: 500,
    Code.DEADLINE_EXCEEDED: 504,
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def rest_application(
    registry: Registry, predictor: Predictor, metrics: Metrics, *, max_bytes: int, timeout_s: float, metrics_at: str
) -> web.Application:
    """The routes; predictions may take `timeout_s`, Prometheus asks at the path `metrics_at` (empty is nowhere)."""

    async def status(request: web.Request) -> web.Response:
        found = registry.statuses(_target(request))
        message = pb.GetModelStatusResponse(model_version_status=[version_status(one) for one in found])
        return web.json_response(
            MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        )

    async def predict(request: web.Request) -> web.Response:
        target = _target(request)
        body = await request.read()
        with metrics.timing(target.model, entrypoint="REST"):
            call, layout = read_call(target, body)
            prediction = await predictor.predict(call, timeout_s=timeout_s)
        return web.Response(text=write_prediction(prediction, layout), content_type="application/json")

    async def metadata(request: web.Request) -> web.Response:
        with registry.lease(_target(request)) as loaded:
            return web.json_response(metadata_json(request.match_info["model"], loaded))

    async def exposition(_request: web.Request) -> web.Response:
        text = metrics.text(gauges(registry, predictor))
        return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})

    application = web.Application(client_max_size=max_bytes, middlewares=[_errors_as_json])
    if metrics_at:
        application.router.add_get(metrics_at, exposition)
    for which in ("", r"/versions/{version:\d{1,19}}", "/labels/{label:[^/:]+}"):
        application.router.add_get(f"/v1/models/{{model:[^/:]+}}{which}", status)
        application.router.add_get(f"/v1/models/{{model:[^/:]+}}{which}/metadata", metadata)
        application.router.add_post(f"/v1/models/{{model:[^/:]+}}{which}:predict", predict)
    return application


def gauges(registry: Registry, predictor: Predictor) -> Mapping[str, Iterable[tuple[Mapping[str, str], float]]]:
    states = [({"model_name": name, "version": str(one.version)}, one.state.value) for name, one in registry.states()]
    return {
        "acneflow_serving_waiting_images": [({}, predictor.waiting_images)],
        "acneflow_serving_version_state": states,
    }


def metrics_path(file: Path | None) -> str:
    """Where Prometheus asks, as TensorFlow Serving's monitoring config says; empty if there are to be no metrics.

    Without a file it is the usual path (https://www.tensorflow.org/tfx/serving/serving_config#monitoring_configuration).
    """
    if file is None:
        return DEFAULT_METRICS_PATH
    try:
        config = text_format.Parse(file.read_text(), pb.MonitoringConfig())
    except OSError as error:
        raise StartError(f"the monitoring config {file} can't be read: {error.strerror}") from error
    except text_format.ParseError as error:
        raise StartError(f"{file} is no MonitoringConfig in protobuf text format: {error}") from error
    if not config.prometheus_config.enable:
        return ""
    path = config.prometheus_config.path or DEFAULT_METRICS_PATH
    if not path.startswith("/"):
        raise StartError(f"{file}: the path of the metrics must begin with a slash, got {path!r}")
    return path


def _target(request: web.Request) -> Target:
    version = request.match_info.get("version")
    return Target(
        request.match_info["model"],
        version=None if version is None else int(version),
        label=request.match_info.get("label"),
    )


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one place where errors become HTTP statuses; the body is TensorFlow Serving's `{"error": …}`."""
    try:
        return await handler(request)
    except RequestRefusedError as refused:
        status, message = _HTTP_STATUS[refused.code], str(refused)
    except web.HTTPException as error:
        status, message = error.status, f"{error.reason}: {request.method} {request.path}"
    except Exception:
        log.exception("request failed unexpectedly")
        status, message = 500, "the model server failed; its log says why"
    return web.Response(status=status, text=json.dumps({"error": message}), content_type="application/json")
