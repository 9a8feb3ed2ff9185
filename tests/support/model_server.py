"""The embedded model server as a process of its own, with its ports and its config file."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from serving.model_config import ModelConfig, Specific, render
from stack.seaweedfs import free_ports

POLL_S = 0.1


@dataclass(frozen=True)
class ModelServer:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    rest_port: int
    volume: Path
    log: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}"

    def tell(self, *versions: int, model: str = "acne", **labels: int) -> None:
        """Write the config file that names these versions and labels."""
        write_config(self.volume, model_config(self.volume, *versions, model=model, **labels))


def model_config(volume: Path, *versions: int, model: str = "acne", **labels: int) -> ModelConfig:
    """The config that names these versions and labels of a model on the volume."""
    return ModelConfig(model, volume / model, Specific(frozenset(versions)), labels)


def write_config(volume: Path, *configs: ModelConfig) -> None:
    """Write `<volume>/models.config`."""
    partial = volume / "models.config.partial"
    partial.write_text(render(configs))
    partial.replace(volume / "models.config")


@contextmanager
def running_model_server(
    volume: Path, *, ports: tuple[int, int] | None = None, flags: Sequence[str] = ()
) -> Iterator[ModelServer]:
    """Start the server, on `<volume>/models.config` unless `flags` say what to serve, and end it with SIGTERM."""
    port, rest_port = ports or free_ports(2)
    log = volume / f"model-server-{port}.log"
    command = [str(Path(sys.executable).with_name("serving")), "serve", "--port", str(port)]
    command += ["--rest_api_port", str(rest_port)]
    command += flags or ["--model_config_file", str(volume / "models.config")]
    command += ["--model_config_file_poll_wait_seconds", str(POLL_S)]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_until_healthy(port, process, log)
        yield ModelServer(process, port, rest_port, volume, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.max_reconnect_backoff_ms", 100)]) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            try:
                stub.Check(health_pb2.HealthCheckRequest(), timeout=30)
            except grpc.RpcError:
                if process.poll() is not None or time.monotonic() > deadline:
                    message = f"the model server didn't start:\n{log.read_text()}"
                    raise AssertionError(message) from None
                time.sleep(0.05)
            else:
                return
