"""Puts the model server together, follows its config file, and ends it without cutting a request off."""

import asyncio
import logging
import signal
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
from aiohttp import web
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from serving.errors import ModelConfigError, RequestRefusedError, StartError
from serving.model_config import ModelConfig, parse
from serving.server.grpc_face import handlers
from serving.server.predictor import Predictor
from serving.server.registry import Registry
from serving.server.rest_face import rest_application
from wire import PREDICTION_SERVICE

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 64 * 2**20
"""A request with 256 images as pixels has 39 MB."""

GRACE_S = 5.0
"""How long requests in flight may take after SIGTERM."""

_CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # or a second server would silently share the port
    ("grpc.so_reuseport", 0),
)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What TensorFlow Serving's flags of the same names say."""

    model_config_file: Path
    host: str = "127.0.0.1"
    port: int = 8500
    rest_api_port: int = 0
    """0 is no REST API."""
    model_config_file_poll_wait_seconds: float = 1.0


async def serve(options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartError: if a port is taken.
    """
    registry = Registry()
    predictor = Predictor(registry)
    servicer = health.aio.HealthServicer()
    server = grpc.aio.server(options=_CHANNEL_OPTIONS)
    server.add_generic_rpc_handlers(handlers(registry, predictor))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    _bind(server, options)
    follower = _Follower(options.model_config_file, registry, servicer)
    await follower.follow()
    rest = await _start_rest(options, registry, predictor)
    await server.start()
    log.info("serving gRPC on %s:%d", options.host, options.port)
    polling = asyncio.create_task(follower.poll(options.model_config_file_poll_wait_seconds))
    await _until_told_to_stop(polling)
    log.info("stopping; requests in flight have %.0f s to end", GRACE_S)
    await servicer.enter_graceful_shutdown()
    await asyncio.gather(server.stop(GRACE_S), *([rest.cleanup()] if rest else []))
    await registry.close()
    predictor.close()


class _Follower:
    """Brings the registry in line with the config file and the disk; says once what stands in the way."""

    def __init__(self, path: Path, registry: Registry, servicer: health.aio.HealthServicer) -> None:
        self._path = path
        self._registry = registry
        self._servicer = servicer
        self._complaint = ""

    async def poll(self, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            await self.follow()

    async def follow(self) -> None:
        complaint = ""
        try:
            await self._registry.apply(self._read())
        except (ModelConfigError, RequestRefusedError) as error:
            complaint = str(error)
        if complaint and complaint != self._complaint:
            log.error("the model config isn't applied, what was loaded stays: %s", complaint)
        self._complaint = complaint
        states = health_pb2.HealthCheckResponse
        await self._servicer.set(PREDICTION_SERVICE, states.SERVING if self._registry.ready else states.NOT_SERVING)

    def _read(self) -> tuple[ModelConfig, ...]:
        try:
            return parse(self._path.read_text(), origin=str(self._path))
        except OSError as error:
            msg = f"{self._path} can't be read ({error.strerror}); waiting for it"
            raise ModelConfigError(msg) from error


def _bind(server: grpc.aio.Server, options: ServerOptions) -> None:
    address = f"{options.host}:{options.port}"
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        msg = f"gRPC can't listen on {address}: {error}; is another model server running?"
        raise StartError(msg) from error


async def _start_rest(options: ServerOptions, registry: Registry, predictor: Predictor) -> web.AppRunner | None:
    if options.rest_api_port == 0:
        return None
    application = rest_application(registry, predictor, max_bytes=MAX_MESSAGE_BYTES)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=GRACE_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.rest_api_port).start()
    except OSError as error:
        msg = f"REST can't listen on {options.host}:{options.rest_api_port}: {error.strerror}"
        raise StartError(msg) from error
    log.info("serving REST on %s:%d", options.host, options.rest_api_port)
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
