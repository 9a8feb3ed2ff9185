"""What the sidecar, `verify` and `status` read from the environment."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, field_validator

from contracts.manifest import Slug
from runtime import Settings


class ServingSettings(Settings):
    model: Slug = "acne"
    serving_address: str = "127.0.0.1:8500"
    """The model server's gRPC port."""


class SyncSettings(ServingSettings):
    serving_models: str = ""
    """Names of further models, separated by commas, that are served beside `model`."""
    serving_volume: Path
    """The folder it shares with the model server; both must see it under the same path."""
    replica: Slug = "local"
    """Under which name it reports to the store."""
    serving_poll_s: Annotated[float, Field(gt=0)] = 1.0
    """How often the store is asked for `channels.json` (a conditional GET)."""
    serving_grace_s: Annotated[float, Field(ge=0)] = 10.0
    """How long a version stays loaded after no channel names it any more."""
    serving_recheck_s: Annotated[float, Field(gt=0)] = 10.0
    """How often the manifests of the versions on the disk are compared with the store's."""
    serving_disk_budget_mb: Annotated[int | None, Field(gt=0)] = None
    """What all versions on the volume may take together; nothing is what the disk has."""
    serving_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where Prometheus may ask the sidecar; 0 is nowhere."""
    serving_metrics_host: str = "127.0.0.1"
    """On which address it may."""

    @field_validator("serving_models")
    @classmethod
    def _names(cls, value: str) -> str:
        for name in filter(None, (part.strip() for part in value.split(","))):
            TypeAdapter(Slug).validate_python(name)
        return value

    @property
    def models(self) -> tuple[str, ...]:
        further = (name.strip() for name in self.serving_models.split(","))
        return tuple(dict.fromkeys((self.model, *filter(None, further))))

    @property
    def disk_budget_bytes(self) -> int | None:
        return None if self.serving_disk_budget_mb is None else self.serving_disk_budget_mb * 10**6
