"""The gateway as a process of its own, over a real store and a real embedded model server."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from objectstore import ObjectStore, StoreSettings
from runtime.env_file import ENV_FILE
from serving.errors import RequestRefusedError
from serving.model_client import ModelClient
from stack.seaweedfs import SeaweedFS, free_ports
from support.forked import Forked
from support.model_server import ModelServer, running_model_server
from support.versions import Versions

Process = Forked | subprocess.Popen[bytes]
ADMIN_KEY = "an-admin-key-for-tests"
PRODUCTION, CANDIDATE = 1, 2


@dataclass(frozen=True)
class Backend:
    """What stands behind a gateway: version 1 in production, version 2 as the candidate."""

    store: StoreSettings
    versions: Versions
    server: ModelServer
    environment: dict[str, str]
    """By which a gateway finds the store and the model server."""


@dataclass(frozen=True)
class Gateway:
    """A running gateway."""

    url: str
    process: Process
    log: Path


@contextmanager
def running_backend(s3_server: SeaweedFS, versions: Versions, volume: Path) -> Iterator[Backend]:
    """Publish two tiny versions and serve them."""
    settings = s3_server.settings(f"gateway-{uuid.uuid4().hex[:12]}")
    store = ObjectStore(settings)
    store.ensure_bucket()
    for number in (PRODUCTION, CANDIDATE):
        versions.publish(store, number)
        versions.install(volume / "acne", number)
    with running_model_server(volume) as server:
        server.tell(PRODUCTION, CANDIDATE, production=PRODUCTION, candidate=CANDIDATE)
        eventually(lambda: all(_answers(server, label) for label in ("production", "candidate")))
        environment = {
            "ACNEFLOW_BUCKET": settings.bucket,
            "ACNEFLOW_STORE_ENDPOINT": str(settings.store_endpoint),
            "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
            "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
            "ACNEFLOW_SERVING_ADDRESS": server.address,
        }
        yield Backend(settings, versions, server, environment)


def _answers(server: ModelServer, label: str) -> bool:
    with ModelClient(server.address, "acne") as client, suppress(RequestRefusedError):
        client.golden(label=label)
        return True
    return False


def control_environment(store: StoreSettings) -> dict[str, str]:
    """Of a gateway that has a store and an admin, and no model server."""
    return {
        "ACNEFLOW_BUCKET": store.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(store.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": store.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": store.store_secret_key.get_secret_value(),
        "ACNEFLOW_ADMIN_KEY": ADMIN_KEY,
    }


@contextmanager
def running_gateway(
    environment: dict[str, str], log: Path, *, until: str = "/livez", port: int | None = None, forked: bool = True
) -> Iterator[Gateway]:
    """Start `gateway serve`, wait until `until` answers 200, and end it with SIGTERM.

    Args:
        environment: its `ACNEFLOW_*` variables.
        log: where its output goes.
        until: a path.
        port: any that is free by default.
        forked: start it as `Forked` does; else by its console command, as an operator would.
    """
    port = port or free_ports(1)[0]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
    variables = inherited | {ENV_FILE: ""} | environment
    arguments = ["serve", "--port", str(port)]
    process = Forked("gateway.cli:app", arguments, variables, log) if forked else _command(arguments, variables, log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until(url + until, process, log)
        yield Gateway(url, process, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _command(arguments: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("gateway")), *arguments]
    with log.open("ab") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


def _wait_until(url: str, process: Process, log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    message = f"the gateway didn't answer 200 at {url}:\n{log.read_text()}"
    raise AssertionError(message)


def eventually(check: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < deadline, "it didn't happen in time"
        time.sleep(0.05)
