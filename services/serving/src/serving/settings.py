"""What the sidecar, `verify` and `status` read from the environment."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.manifest import Slug
from contracts.steps import InvalidInputError

Settings = TypeVar("Settings", bound=BaseSettings)


class ServingSettings(BaseSettings):
    """Read from `ACNEFLOW_*`."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", frozen=True, extra="ignore")

    model: Slug = "acne"
    serving_address: str = "127.0.0.1:8500"
    """The model server's gRPC port."""


class SyncSettings(ServingSettings):
    """What only the sidecar needs."""

    serving_volume: Path
    """The folder it shares with the model server; both must see it under the same path."""
    replica: Slug = "local"
    """Under which name it reports to the store."""
    serving_poll_s: Annotated[float, Field(gt=0)] = 1.0
    """How often the store is asked for `channels.json` (a conditional GET)."""
    serving_grace_s: Annotated[float, Field(ge=0)] = 10.0
    """How long a version stays loaded after no channel names it any more."""


def from_environment(kind: type[Settings]) -> Settings:
    """Read settings.

    Raises:
        InvalidInputError: if a variable is missing or wrong; the message names it.
    """
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"{kind.model_config.get('env_prefix', '')}{'_'.join(str(part) for part in first['loc'])}".upper()
        msg = f"the setting {name} can't be used: {first['msg']}"
        raise InvalidInputError(msg) from error
