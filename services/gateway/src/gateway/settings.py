"""What the gateway is told by its environment."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from runtime import Settings

Secret = Annotated[SecretStr, Field(min_length=1)]


class PredictAccess(StrEnum):
    """Who may ask for predictions without a key."""

    LOOPBACK = "loopback"
    """Callers on this machine."""
    OPEN = "open"
    KEY = "key"
    """Nobody."""


class GatewaySettings(Settings):
    """Read from `ACNEFLOW_*`, or files; a variable that is set to nothing counts as not set."""

    model: str = "acne"
    serving_address: str = "127.0.0.1:8500"
    """Where the model server speaks gRPC."""
    gateway_host: str = "127.0.0.1"
    gateway_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    gateway_predict_access: PredictAccess = PredictAccess.LOOPBACK
    gateway_deadline_s: Annotated[float, Field(gt=0, le=300)] = 10.0
    """How long a prediction may take once the photo has arrived, unless the request says otherwise."""
    gateway_places: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Photos that are worked on at once; None is four for each core."""
    gateway_upload_mb: Annotated[int, Field(ge=32, le=65536)] = 256
    """Memory for bodies that are being received."""
    gateway_batch_images: Annotated[int, Field(ge=1, le=1000)] = 64
    """Photos in one batch."""
    gateway_batch_mb: Annotated[int, Field(ge=1, le=1024)] = 64
    """Size of one batch."""
    gateway_image_sites: str = ""
    """Sites from which photos may be fetched by their address (`host` or `host:port`, separated by commas)."""
    gateway_image_local_sites: str = ""
    """The same, for sites on the operator's own network."""
    gateway_cors_origins: str = ""
    """Origins whose pages may call the API from a browser, separated by commas."""
    gateway_summaries: bool = True
    """Whether summaries of predictions (no photo) are written to the store, for drift."""
    admin_key: Secret | None = None
    """Opens the admin calls; without it only keys with that role do."""
    gateway_secret: Secret | None = None
    """Signs prediction ids; without it a key derived from the store's secret does, which all gateways share anyway."""
    airflow_url: str = "http://127.0.0.1:8080"
    airflow_username: str | None = None
    airflow_password: Secret | None = None
    supervisor_socket: Path | None = None
    """Of the process manager that runs Airflow, in the embedded setting."""
    airflow_door: str | None = None
    """Address of the proxy through which Airflow's containers are started, in containers."""
    airflow_containers: Annotated[str, Field(pattern=r"^[A-Za-z0-9_., -]*$")] = ""
    """Their names, in the order in which they are started, separated by commas."""

    @property
    def image_sites(self) -> frozenset[str]:
        return _entries(self.gateway_image_sites)

    @property
    def image_local_sites(self) -> frozenset[str]:
        return _entries(self.gateway_image_local_sites)

    @property
    def cors_origins(self) -> frozenset[str]:
        return _entries(self.gateway_cors_origins)

    @property
    def containers(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.airflow_containers.split(",") if name.strip())


def _entries(text: str) -> frozenset[str]:
    return frozenset(entry.strip() for entry in text.split(",") if entry.strip())
