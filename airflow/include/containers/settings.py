"""What the operator of the stack can set about steps that run as containers, from `ACNEFLOW_*` variables."""

import re
from typing import Annotated, Self

from docker.types import Mount
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PHOTOS = "/photos"
"""Where a scraper's container sees the operator's own images."""
SECRETS = "/run/secrets"
"""Where a step's container finds its service's keys as files."""
CACHE = "/cache"
"""Where a trainer's container keeps downloaded weights and features."""

MEMORY = re.compile(r"\d+[bkmg]?", re.IGNORECASE)


class DockerSettings(BaseSettings):
    """Read when Airflow parses the DAGs (nothing secret), and again by a step that runs as a container."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", env_ignore_empty=True, frozen=True)

    docker_url: str = "unix:///var/run/docker.sock"
    """Where the engine answers; in compose the allow-list in front of it, `tcp://docker-proxy:2375`."""
    docker_network: str = "bridge"
    """The network on which steps reach the store and the model server."""
    step_image_prefix: str = "acneflow/"
    """What stands before a service's name in its image."""
    step_image_tag: str = "local"
    """The images' tag."""
    step_stack: str = "acneflow"
    """Which stack's steps they are, where several share an engine: their name begins with it."""
    step_cache_volume: str = ""
    """A volume for downloaded weights, seen by the trainer as /cache; none if empty."""
    step_keys_volume: str = ""
    """A volume that holds a service's keys of the store as files, named with `{service}`, such as
    `acneflow_{service}-keys`: they then stand in no environment, and Airflow has none of them. If empty, variables."""
    photos: str = ""
    """A folder of the host with images of your own, seen by the scraper as /photos, read-only; none if empty."""
    gpu: bool = False
    """Whether training takes the host's GPUs; the engine needs the NVIDIA container toolkit."""
    scraper_memory: str = ""
    """A limit other than the step's own, as Docker writes it (2g); the same for the other services."""
    trainer_memory: str = ""
    serving_memory: str = ""
    gateway_memory: str = ""
    docker_patience_s: Annotated[float, Field(ge=0)] = 300.0
    """How long to wait for an engine that doesn't answer while a step runs, before its try counts as failed."""

    def image(self, service: str) -> str:
        """The image of a service."""
        return f"{self.step_image_prefix}{service}:{self.step_image_tag}"

    def memory(self, service: str, own: str) -> str:
        """The limit of a service's containers, where the step itself says `own`."""
        return getattr(self, f"{service}_memory", "") or own

    def mounts(self, service: str) -> list[Mount]:
        """What a service's containers see of the host."""
        seen = []
        if self.step_keys_volume:
            volume = self.step_keys_volume.replace("{service}", service)
            seen.append(Mount(SECRETS, volume, type="volume", read_only=True))
        if service == "scraper" and self.photos:
            seen.append(Mount(PHOTOS, self.photos, type="bind", read_only=True))
        if service == "trainer" and self.step_cache_volume:
            seen.append(Mount(CACHE, self.step_cache_volume, type="volume"))
        return seen

    @field_validator("scraper_memory", "trainer_memory", "serving_memory", "gateway_memory")
    @classmethod
    def _is_an_amount(cls, value: str) -> str:
        if value and not MEMORY.fullmatch(value):
            msg = f"expected an amount like 512m or 4g, got {value!r}"
            raise ValueError(msg)
        return value


class StoreKeys(BaseSettings):
    """The store's credentials of one service, where its container gets them by variables."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    store_access_key: SecretStr
    store_secret_key: SecretStr

    @classmethod
    def of(cls, service: str) -> Self:
        """Read them.

        Raises:
            ValidationError: if the service has none; it names the variables.
        """
        return cls(_env_prefix=f"ACNEFLOW_{service.upper()}_")

    @property
    def environment(self) -> dict[str, str]:
        """As the service expects them."""
        return {
            "ACNEFLOW_STORE_ACCESS_KEY": self.store_access_key.get_secret_value(),
            "ACNEFLOW_STORE_SECRET_KEY": self.store_secret_key.get_secret_value(),
        }
