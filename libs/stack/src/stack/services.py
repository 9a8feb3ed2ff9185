"""The services of the embedded stack: what is started, with which settings, and how each is known to be well.

A service gets only the secrets it needs.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack import health
from stack.airflow import airflow_program
from stack.manager import Program
from stack.preflight import STATE_VARIABLE
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS
from stack.settings import StackSettings

REPLICA = "embedded"
"""The one model server's name in the store."""


@dataclass(frozen=True, slots=True)
class Service:
    """A program, what it is for, and a check that returns why it isn't well yet (None when it is)."""

    program: Program
    purpose: str
    address: str
    check: Callable[[], str | None]
    ready_timeout_s: float = 60.0

    @property
    def name(self) -> str:
        """The program's name."""
        return self.program.name


def store_server(settings: StackSettings) -> SeaweedFS:
    """The S3 server; its internal ports follow the store's own."""
    internal = tuple(settings.store_port + 1 + offset for offset in range(INTERNAL_PORTS))
    return SeaweedFS(
        settings.state / "store",
        settings.store_port,
        internal,
        settings.store_access_key,
        settings.store_secret_key.get_secret_value(),
    )


def taken_ports(settings: StackSettings) -> dict[str, int]:
    """Every port the stack listens on, by the setting that moves it."""
    ports = {
        "ACNEFLOW_STORE_PORT": settings.store_port,
        "ACNEFLOW_SAMPLE_SITE_PORT": settings.sample_site_port,
        "ACNEFLOW_SERVING_PORT": settings.serving_port,
        "ACNEFLOW_SERVING_REST_PORT": settings.serving_rest_port,
        "ACNEFLOW_GATEWAY_PORT": settings.gateway_port,
        "ACNEFLOW_FRONTEND_PORT": settings.frontend_port,
        "ACNEFLOW_AIRFLOW_PORT": settings.airflow_port,
    }
    internal = store_server(settings).internal_ports
    return ports | {f"ACNEFLOW_STORE_PORT (+{number})": port for number, port in enumerate(internal, start=1)}


def all_services(root: Path, settings: StackSettings) -> list[Service]:
    """Every service, in the order in which they are started."""
    bin_folder = Path(sys.executable).parent
    base = {STATE_VARIABLE: str(settings.state), "PYTHONUNBUFFERED": "1"}
    store = {
        "ACNEFLOW_BUCKET": settings.bucket,
        "ACNEFLOW_MODEL": settings.model,
        "ACNEFLOW_STORE_ENDPOINT": settings.store_url,
        "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
    }
    serving = {"ACNEFLOW_SERVING_ADDRESS": settings.serving_address}

    def program(name: str, *command: str, **environment: str) -> Program:
        executable, *arguments = command
        return Program(name, [str(bin_folder / executable), *arguments], root, base | environment)

    server = store_server(settings)
    volume = settings.state / "serving"
    airflow = airflow_program(root, settings, bin_folder, base | store | serving)
    return [
        Service(
            Program("store", server.command(), root, base),
            "S3 store (SeaweedFS)",
            settings.store_url,
            lambda: health.http_problem(settings.store_url, accepted=(200, 403)),
        ),
        Service(
            airflow,
            "Airflow",
            settings.airflow_url,
            lambda: health.airflow_problem(settings.airflow_url),
            ready_timeout_s=240,
        ),
        Service(
            program("sample-site", "sample-site", "--host", "127.0.0.1", "--port", str(settings.sample_site_port)),
            "synthetic atlas",
            settings.sample_site_url,
            lambda: health.http_problem(f"{settings.sample_site_url}/healthz"),
        ),
        Service(
            program(
                "model-server",
                "serving",
                "serve",
                "--host",
                "127.0.0.1",
                "--port",
                str(settings.serving_port),
                "--rest_api_port",
                str(settings.serving_rest_port),
                "--model_config_file",
                str(volume / "models.config"),
                "--model_config_file_poll_wait_seconds",
                "1",
            ),
            "model server (gRPC)",
            settings.serving_address,
            lambda: health.port_problem(settings.serving_port),
        ),
        Service(
            program(
                "sync",
                "serving",
                "sync",
                **store,
                **serving,
                ACNEFLOW_REPLICA=REPLICA,
                ACNEFLOW_SERVING_VOLUME=str(volume),
            ),
            "store to model server",
            str(volume),
            lambda: None,
        ),
        Service(
            program(
                "gateway",
                "gateway",
                "serve",
                **store,
                **serving,
                ACNEFLOW_GATEWAY_HOST="127.0.0.1",
                ACNEFLOW_GATEWAY_PORT=str(settings.gateway_port),
                ACNEFLOW_ADMIN_KEY=settings.admin_key.get_secret_value(),
                ACNEFLOW_AIRFLOW_URL=settings.airflow_url,
                ACNEFLOW_AIRFLOW_USERNAME=settings.airflow_username,
                ACNEFLOW_AIRFLOW_PASSWORD=settings.airflow_password.get_secret_value(),
            ),
            "REST API",
            settings.gateway_url,
            lambda: health.http_problem(f"{settings.gateway_url}/livez"),
        ),
        Service(
            program(
                "page",
                "frontend",
                ACNEFLOW_GATEWAY_URL=settings.gateway_url,
                ACNEFLOW_FRONTEND_PORT=str(settings.frontend_port),
            ),
            "web page",
            settings.page_url,
            lambda: health.http_problem(f"{settings.page_url}/_stcore/health"),
        ),
    ]
