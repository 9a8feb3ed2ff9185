"""The services of the embedded stack: what is started, with which settings, and how each is known to be well.

A service gets only the secrets it needs.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runtime.env_file import ENV_FILE
from stack import health
from stack.airflow import DAG_ID, SCHEDULER, airflow_programs
from stack.manager import ProcessManager, Program
from stack.preflight import STATE_VARIABLE
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS
from stack.settings import Installation, StackSettings, service_settings

REPLICA = "embedded"
"""The one model server's name in the store."""
STORE = "store"
"""The service that the others need from their first moment."""


@dataclass(frozen=True, slots=True)
class Service:
    """A program, what it is for, and a check that returns why it isn't well yet (None when it is)."""

    program: Program
    purpose: str
    address: str
    check: Callable[[], str | None]
    ready_timeout_s: float = 120.0

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
        settings.store_access_key.get_secret_value(),
        settings.store_secret_key.get_secret_value(),
    )


def serving_volume(settings: StackSettings) -> Path:
    """The folder from which the model server reads its versions."""
    return settings.state / "serving"


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


def all_services(installation: Installation, settings: StackSettings) -> list[Service]:
    """Every service of the stack."""
    root, bin_folder = installation.root, Path(sys.executable).parent
    base = service_settings(installation) | {STATE_VARIABLE: str(settings.state), "PYTHONUNBUFFERED": "1", ENV_FILE: ""}
    store = {
        "ACNEFLOW_BUCKET": settings.bucket,
        "ACNEFLOW_MODEL": settings.model,
        "ACNEFLOW_STORE_ENDPOINT": settings.store_url,
        "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key.get_secret_value(),
        "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
    }
    serving = {"ACNEFLOW_SERVING_ADDRESS": settings.serving_address}
    airflow = {
        "ACNEFLOW_AIRFLOW_URL": settings.airflow_url,
        "ACNEFLOW_AIRFLOW_USERNAME": settings.airflow_username,
        "ACNEFLOW_AIRFLOW_PASSWORD": settings.airflow_password.get_secret_value(),
    }
    volume = serving_volume(settings)

    def program(name: str, *command: str | int | Path, **environment: str) -> Program:
        executable, *arguments = map(str, command)
        return Program(name, [str(bin_folder / executable), *arguments], root, base | environment)

    return [
        Service(
            Program(STORE, store_server(settings).command(), root, base),
            "S3 store",
            settings.store_url,
            partial(health.http_problem, settings.store_url, accepted=(200, 403)),
        ),
        Service(
            program("sample-site", "sample-site", "--host", "127.0.0.1", "--port", settings.sample_site_port),
            "synthetic atlas",
            settings.sample_site_url,
            partial(health.http_problem, f"{settings.sample_site_url}/healthz"),
        ),
        Service(
            program(
                "model-server",
                *("serving", "serve", "--host", "127.0.0.1", "--port", settings.serving_port),
                *("--rest_api_port", settings.serving_rest_port),
                *("--model_config_file", volume / "models.config"),
            ),
            "model server (gRPC)",
            settings.serving_address,
            partial(health.port_problem, settings.serving_port),
        ),
        Service(
            program(
                "sync",
                *("serving", "sync"),
                **store,
                **serving,
                ACNEFLOW_REPLICA=REPLICA,
                ACNEFLOW_SERVING_VOLUME=str(volume),
            ),
            "store → model server",
            "",
            lambda: None,
        ),
        Service(
            program(
                "gateway",
                *("gateway", "serve", "--host", "127.0.0.1", "--port", settings.gateway_port),
                **store,
                **serving,
                **airflow,
                ACNEFLOW_ADMIN_KEY=settings.admin_key.get_secret_value(),
                ACNEFLOW_SUPERVISOR_SOCKET=str(ProcessManager(settings.state).socket),
            ),
            "REST API",
            settings.gateway_url,
            partial(health.http_problem, f"{settings.gateway_url}/livez"),
        ),
        Service(
            program(
                "page",
                "frontend",
                ACNEFLOW_GATEWAY_URL=settings.gateway_url,
                ACNEFLOW_FRONTEND_PORT=str(settings.frontend_port),
                ACNEFLOW_FRONTEND_AIRFLOW_URL=settings.airflow_url,
                ACNEFLOW_MODEL=settings.model,
            ),
            "web page",
            settings.page_url,
            partial(health.http_problem, f"{settings.page_url}/_stcore/health"),
        ),
        *_airflow_services(airflow_programs(root, settings, bin_folder, base | store | serving), settings),
    ]


def _airflow_services(programs: list[Program], settings: StackSettings) -> list[Service]:
    url = settings.airflow_url
    password = settings.airflow_password.get_secret_value()
    checks: dict[str, tuple[str, str, Callable[[], str | None]]] = {
        SCHEDULER: ("Airflow's scheduler", "", partial(health.airflow_part_problem, url, "scheduler")),
        "airflow-dags": (
            "Airflow's pipelines",
            "",
            partial(health.dag_problem, url, settings.airflow_username, password, DAG_ID),
        ),
        "airflow-api": ("Airflow's page and API", url, partial(health.http_problem, f"{url}/execution/health")),
    }
    return [
        Service(program, purpose, address, check, ready_timeout_s=240)
        for program in programs
        for purpose, address, check in [checks[program.name]]
    ]
