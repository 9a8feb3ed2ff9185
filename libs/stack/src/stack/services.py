"""The services of the embedded stack: what is started, with which settings, and the check of each.

A service gets only the secrets it needs.
"""

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from objectstore import ObjectStore
from runtime.env_file import ENV_FILE
from stack.airflow import DAG_ID, SCHEDULER, airflow_programs
from stack.manager import ProcessManager, Program
from stack.preflight import STATE_VARIABLE
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS
from stack.settings import Installation, StackSettings, service_settings

REPLICA = "embedded"
"""The one model server's name in the store."""
CHECK_TIMEOUT_S = 5.0
GATEWAY_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "4194304"}
"""Returns photos to the system when they are freed (glibc): one heap, and larger blocks outside of it. The gateway's
image sets the same."""
SERVING_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""Returns to the system what a burst of requests took (glibc): one heap, and larger blocks outside of it. The serving
image sets the same."""
STORE = "store"
"""The service that the others need from their first moment."""

Check = Callable[[], str | None]
"""Returns why a service isn't healthy yet; None when it is."""


@dataclass(frozen=True, slots=True)
class Service:
    program: Program
    purpose: str
    address: str
    check: Check
    ready_timeout_s: float = 120.0

    @property
    def name(self) -> str:
        return self.program.name


def store_server(settings: StackSettings) -> SeaweedFS:
    """Its internal ports follow the store's own."""
    internal = tuple(settings.store_port + 1 + offset for offset in range(INTERNAL_PORTS))
    return SeaweedFS(
        settings.state / "store",
        settings.store_port,
        internal,
        settings.store_access_key.get_secret_value(),
        settings.store_secret_key.get_secret_value(),
    )


def open_store(settings: StackSettings) -> ObjectStore:
    return ObjectStore(store_server(settings).settings(settings.bucket))


def serving_volume(settings: StackSettings) -> Path:
    return settings.state / "serving"


def taken_ports(settings: StackSettings) -> dict[str, int]:
    names = [name for name in StackSettings.model_fields if name.endswith("_port")]
    ports: dict[str, int] = {f"ACNEFLOW_{name.upper()}": getattr(settings, name) for name in names}
    internal = store_server(settings).internal_ports
    return ports | {f"ACNEFLOW_STORE_PORT (+{number})": port for number, port in enumerate(internal, start=1)}


def all_services(installation: Installation, settings: StackSettings) -> list[Service]:
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

    def service(
        name: str, purpose: str, address: str, check: Check, command: list[str | int | Path], **environment: str
    ) -> Service:
        executable, *arguments = map(str, command)
        program = Program(name, [str(bin_folder / executable), *arguments], root, base | environment)
        return Service(program, purpose, address, check)

    return [
        Service(
            Program(STORE, store_server(settings).command(), root, base),
            "S3 store",
            settings.store_url,
            partial(_http_problem, settings.store_url, accepted=(200, 403)),
        ),
        service(
            "sample-site",
            "synthetic atlas",
            settings.sample_site_url,
            partial(_http_problem, f"{settings.sample_site_url}/healthz"),
            ["sample-site", "--host", "127.0.0.1", "--port", settings.sample_site_port],
        ),
        service(
            "model-server",
            "model server (gRPC)",
            settings.serving_address,
            partial(_port_problem, settings.serving_port),
            [
                *("serving", "serve", "--host", "127.0.0.1", "--port", settings.serving_port),
                *("--rest_api_port", settings.serving_rest_port),
                *("--model_config_file", volume / "models.config"),
            ],
            **SERVING_MALLOC,
        ),
        service(
            "sync",
            "store → model server",
            "",
            lambda: None,
            ["serving", "sync"],
            **store,
            **serving,
            ACNEFLOW_REPLICA=REPLICA,
            ACNEFLOW_SERVING_VOLUME=str(volume),
        ),
        service(
            "gateway",
            "REST API",
            settings.gateway_url,
            partial(_http_problem, f"{settings.gateway_url}/livez"),
            ["gateway", "serve", "--host", "127.0.0.1", "--port", settings.gateway_port],
            **store,
            **serving,
            **airflow,
            **GATEWAY_MALLOC,
            ACNEFLOW_ADMIN_KEY=settings.admin_key.get_secret_value(),
            ACNEFLOW_SUPERVISOR_SOCKET=str(ProcessManager(settings.state).socket),
        ),
        service(
            "page",
            "web page",
            settings.page_url,
            partial(_http_problem, f"{settings.page_url}/_stcore/health"),
            ["frontend"],
            ACNEFLOW_GATEWAY_URL=settings.gateway_url,
            ACNEFLOW_FRONTEND_PORT=str(settings.frontend_port),
            ACNEFLOW_FRONTEND_AIRFLOW_URL=settings.airflow_url,
            ACNEFLOW_MODEL=settings.model,
        ),
        *_airflow_services(airflow_programs(root, settings, bin_folder, base | store | serving), settings),
    ]


def _airflow_services(programs: list[Program], settings: StackSettings) -> list[Service]:
    url = settings.airflow_url
    password = settings.airflow_password.get_secret_value()
    checks: dict[str, tuple[str, str, Check]] = {
        SCHEDULER: ("Airflow's scheduler", "", partial(_airflow_part_problem, url, "scheduler")),
        "airflow-dags": (
            "Airflow's pipelines",
            "",
            partial(_dag_problem, url, settings.airflow_username, password, DAG_ID),
        ),
        "airflow-api": ("Airflow's page and API", url, partial(_http_problem, f"{url}/execution/health")),
    }
    return [
        Service(program, purpose, address, check, ready_timeout_s=240)
        for program in programs
        for purpose, address, check in [checks[program.name]]
    ]


def _http_problem(url: str, *, accepted: tuple[int, ...] = (200,)) -> str | None:
    try:
        status = httpx.get(url, timeout=CHECK_TIMEOUT_S, trust_env=False).status_code
    except httpx.HTTPError as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    return None if status in accepted else f"{url} answers {status}"


def _port_problem(port: int) -> str | None:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=CHECK_TIMEOUT_S).close()
    except OSError as error:
        return f"nothing listens on port {port} ({error.strerror or error})"
    return None


def _airflow_part_problem(url: str, part: str) -> str | None:
    """Airflow's report on its `scheduler` or `dag_processor`; its HTTP status is 200 even when a part is ill."""
    try:
        report = httpx.get(f"{url}/api/v2/monitor/health", timeout=CHECK_TIMEOUT_S, trust_env=False).json()
        status = report[part]["status"]
    except httpx.HTTPError as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    except (ValueError, KeyError, TypeError):
        return f"{url} says nothing of its {part}"
    return None if status == "healthy" else f"Airflow calls its {part} {status}"


def _dag_problem(url: str, username: str, password: str, dag_id: str) -> str | None:
    try:
        with httpx.Client(base_url=url, timeout=CHECK_TIMEOUT_S, trust_env=False) as airflow:
            login = airflow.post("/auth/token", json={"username": username, "password": password})
            if login.status_code != 201:
                return f"Airflow refuses the sign-in of {username!r} ({login.status_code})"
            token = login.json()["access_token"]
            status = airflow.get(f"/api/v2/dags/{dag_id}", headers={"Authorization": f"Bearer {token}"}).status_code
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    return None if status == 200 else f"Airflow doesn't know {dag_id} yet"
