"""Puts the model server together, follows its config file, and ends it without cutting a request off."""

import asyncio
import gc
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

import grpc.aio
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from runtime.scheduling import let_computing_threads_finish
from serving.errors import ModelConfigError, RequestRefusedError, StartError
from serving.model_config import ModelConfig, parse
from serving.server.api.grpc_api import handlers
from serving.server.api.reflection import Reflection
from serving.server.loading import load_version
from serving.server.metrics import Metrics
from serving.server.options import ServerOptions
from serving.server.predictor import Predictor
from serving.server.registry import Registry
from wire import PREDICTION_SERVICE

if TYPE_CHECKING:
    from aiohttp import web

log = structlog.get_logger()

MAX_MESSAGE_BYTES = 64 * 2**20
"""A request with 256 images as pixels has 39 MB."""

GRACE_S = 5.0
"""How long requests in flight may take after SIGTERM."""

NOTHING_TO_SERVE = "nothing to serve: give --model_config_file, or --model_base_path with a model's version folders"

_CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # or a second server would silently share the port
    ("grpc.so_reuseport", 0),
)


async def serve(options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT."""
    if options.model_config_file is None and options.model_base_path is None:
        raise StartError(NOTHING_TO_SERVE)
    let_computing_threads_finish()
    metrics = Metrics()
    registry = Registry(
        partial(load_version, options=options.loading), metrics, labels_before_versions=options.labels_before_versions
    )
    predictor = Predictor(
        registry, metrics, workers=options.loading.workers, max_waiting_images=options.max_waiting_images
    )
    servicer = health.aio.HealthServicer()
    server = grpc.aio.server(options=_CHANNEL_OPTIONS)
    server.add_generic_rpc_handlers([*handlers(registry, predictor, metrics), Reflection()])
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    _bind(server, options)
    follower = _Follower(options, registry, servicer)
    await follower.follow(read_config=True)
    rest = await _start_rest(options, registry, predictor, metrics)
    await server.start()
    # what was imported and loaded stays: never look through it for garbage again
    gc.collect()
    gc.freeze()
    log.info("serving gRPC", host=options.host, port=options.port)
    await _until_told_to_stop(asyncio.create_task(follower.poll()))
    log.info("stopping", grace_s=GRACE_S)
    await servicer.enter_graceful_shutdown()
    await asyncio.gather(server.stop(GRACE_S), *([rest.cleanup()] if rest else []))
    await registry.close()
    predictor.close()


class _Follower:
    """Brings the registry in line with the config file and the disk; says once what stands in the way."""

    def __init__(self, options: ServerOptions, registry: Registry, servicer: health.aio.HealthServicer) -> None:
        self._options = options
        self._registry = registry
        self._servicer = servicer
        self._complaint = ""

    async def poll(self) -> None:
        intervals_s = {
            True: self._options.model_config_file_poll_wait_seconds,
            False: self._options.file_system_poll_wait_seconds,
        }
        now = time.monotonic()
        due = {read_config: now + wait_s for read_config, wait_s in intervals_s.items() if wait_s > 0}
        if not due:
            await asyncio.Event().wait()
        while True:
            read_config = min(due, key=due.__getitem__)
            await asyncio.sleep(max(0.0, due[read_config] - time.monotonic()))
            due[read_config] = time.monotonic() + intervals_s[read_config]
            await self.follow(read_config=read_config)

    async def follow(self, *, read_config: bool) -> None:
        """Look once, at the version folders and perhaps at the config file."""
        complaint = self._complaint if not read_config else ""
        try:
            if read_config:
                await self._registry.apply(self._read())
            else:
                await self._registry.look_at_folders()
        except (ModelConfigError, RequestRefusedError) as error:
            complaint = str(error)
        if complaint and complaint != self._complaint:
            log.error("model config not applied, what was loaded stays", reason=complaint)
        self._complaint = complaint
        states = health_pb2.HealthCheckResponse
        await self._servicer.set(PREDICTION_SERVICE, states.SERVING if self._registry.ready else states.NOT_SERVING)

    def _read(self) -> tuple[ModelConfig, ...]:
        path, base_path = self._options.model_config_file, self._options.model_base_path
        if path is None:
            if base_path is None:
                raise StartError(NOTHING_TO_SERVE)
            return (ModelConfig(self._options.model_name, base_path.absolute()),)
        try:
            return parse(path.read_text(), origin=str(path))
        except OSError as error:
            raise ModelConfigError(f"{path} can't be read ({error.strerror}); waiting for it") from error


def _bind(server: grpc.aio.Server, options: ServerOptions) -> None:
    address = f"{options.host}:{options.port}"
    try:
        server.add_insecure_port(address)
        if options.grpc_socket_path:
            address = f"unix:{options.grpc_socket_path}"
            server.add_insecure_port(address)
    except RuntimeError as error:
        raise StartError(f"gRPC can't listen on {address}: {error}; is another model server running?") from error


async def _start_rest(
    options: ServerOptions, registry: Registry, predictor: Predictor, metrics: Metrics
) -> "web.AppRunner | None":
    if options.rest_api_port == 0:
        return None
    # 12 MB that a server without a REST API doesn't need
    from aiohttp import web  # noqa: PLC0415

    from serving.server.api.rest_api import metrics_path, rest_application  # noqa: PLC0415

    application = rest_application(
        registry,
        predictor,
        metrics,
        max_bytes=MAX_MESSAGE_BYTES,
        timeout_s=options.rest_api_timeout_s,
        metrics_at=metrics_path(options.monitoring_config_file),
    )
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=GRACE_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.rest_api_port).start()
    except OSError as error:
        raise StartError(f"REST can't listen on {options.host}:{options.rest_api_port}: {error.strerror}") from error
    log.info("serving REST", host=options.host, port=options.rest_api_port)
    return runner


async def _until_told_to_stop(polling: asyncio.Task[None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((stopping, polling), return_when=asyncio.FIRST_COMPLETED)
    if polling.done():
        polling.result()
    polling.cancel()
