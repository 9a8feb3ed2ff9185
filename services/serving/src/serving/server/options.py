"""What the command line says: how to serve, how to load versions, and what becomes of TensorFlow Serving's other flags.

A command line that was written for tensorflow_model_server starts this server too, unless it asks for something that
wouldn't be given: to serve in clear text where TLS was asked for is worse than not to start. Imports nothing heavy.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import structlog

from contracts.steps import InvalidInputError

log = structlog.get_logger()

MAX_WAITING_IMAGES = 256
"""Images that may wait or run at once, over all requests: about a second of work for a MobileNet on two cores."""

WITHOUT_EFFECT = {
    "enable_grpc_healthcheck_service": "gRPC's health service is always there",
    "enable_model_warmup": "each version predicts the golden pictures before it is AVAILABLE",
    "flush_filesystem_caches": "a version's file is read once, when it is loaded",
    "grpc_max_threads": "one thread speaks gRPC",
    "load_retry_interval_micros": "a version that can't be loaded is reported at once; a file doesn't mend itself",
    "max_num_load_retries": "a version that can't be loaded is reported at once; a file doesn't mend itself",
    "num_load_threads": "versions load one after the other, beside the requests",
    "num_unload_threads": "a version is dropped when its last request has ended",
    "per_process_gpu_memory_fraction": "there is no GPU here",
    "remove_unused_fields_from_bundle_metagraph": "LiteRT files have none",
    "rest_api_num_threads": "one thread speaks HTTP",
    "saved_model_tags": "the tag is always `serve`",
    "tensorflow_inter_op_parallelism": "--workers says how many images run at once",
    "tensorflow_intra_op_parallelism": "each image runs on one core",
    "tensorflow_session_parallelism": "--workers says how many images run at once",
    "use_tflite_model": "LiteRT is what this server uses",
}
"""Accepted with a line in the log that says why."""

REFUSED = {
    "batching_parameters_file": "batches don't help on a CPU; drop it together with --enable_batching",
    "enable_batching": "batches don't help on a CPU; leave it out or set it to false",
    "enable_cors_support": "browsers talk to the gateway, not to this server",
    "enable_serving_session_experimental": "there are no sessions; leave it out",
    "platform_config_file": "the engine is chosen by --engine; leave it out",
    "ssl_config_file": "this server speaks clear text only; bind it to 127.0.0.1 or put a proxy in front",
    "tensorflow_session_config_file": "there are no sessions; leave it out",
}
"""Refused with the reason, unless they are set to false."""


class EngineName(StrEnum):
    LITERT = "litert"
    """`model.tflite` in LiteRT, one single-threaded interpreter per core."""
    SAVEDMODEL = "savedmodel"
    """The SavedModel in TensorFlow, which is imported only then."""


class Precision(StrEnum):
    """Of LiteRT's weights and activations."""

    FLOAT = "float"
    INT8 = "int8"
    """`model.int8.tflite`; a version without that file is served in float."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    engine: EngineName = EngineName.LITERT
    precision: Precision = Precision.FLOAT
    workers: int = 1
    """Threads that will call `run`, numbered from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """What TensorFlow Serving's flags of the same names say, and a few of our own."""

    model_config_file: Path | None = None
    model_name: str = "default"
    model_base_path: Path | None = None
    """What is served when there is no config file."""
    host: str = "127.0.0.1"
    port: int = 8500
    grpc_socket_path: str = ""
    rest_api_port: int = 0
    """0 is no REST API."""
    rest_api_timeout_s: float = 30.0
    model_config_file_poll_wait_seconds: float = 1.0
    """0 is one look."""
    file_system_poll_wait_seconds: float = 1.0
    """0 is one look, -1 is none after the config's."""
    monitoring_config_file: Path | None = None
    labels_before_versions: bool = True
    loading: EngineOptions = field(default_factory=EngineOptions)
    max_waiting_images: int = MAX_WAITING_IMAGES


def check_other_flags(arguments: Sequence[str]) -> None:
    """Refuse flags that would have to be obeyed, and what is no flag at all."""
    for name, value in _flags(arguments):
        if name in WITHOUT_EFFECT:
            log.info("flag without effect", flag=f"--{name}", reason=WITHOUT_EFFECT[name])
        elif name in REFUSED:
            if value.lower() not in {"false", "0"}:
                raise InvalidInputError(f"--{name} can't be obeyed: {REFUSED[name]}")
        else:
            msg = (
                f"--{name} is no flag of this server nor of tensorflow_model_server; `serving serve --help` lists them"
            )
            raise InvalidInputError(msg)


def _flags(arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and value of each flag, written `--name=value`, `--name value` or `--name`."""
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        name, equals, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or not name:
            raise InvalidInputError(f"expected a flag, got {argument!r}")
        if not equals and waiting and not waiting[0].startswith("--"):
            value = waiting.pop(0)
        yield name, value
