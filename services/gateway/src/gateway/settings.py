"""What the gateway is told by its environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Secret = Annotated[SecretStr, Field(min_length=1)]


class GatewaySettings(BaseSettings):
    """Read from `ACNEFLOW_*`; a variable that is set to nothing counts as not set."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", frozen=True, extra="ignore", env_ignore_empty=True)

    model: str = "acne"
    serving_address: str = "127.0.0.1:8500"
    """Where the model server speaks gRPC."""
    gateway_host: str = "127.0.0.1"
    gateway_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    gateway_deadline_s: Annotated[float, Field(gt=0, le=300)] = 10.0
    """How long a prediction may take once the photo has arrived."""
    admin_key: Secret | None = None
    """Opens the admin calls; without it they are switched off."""
    gateway_secret: Secret | None = None
    """Signs prediction ids; without it a key derived from the store's secret does, which all gateways share anyway."""
    airflow_url: str = "http://127.0.0.1:8080"
    airflow_username: str | None = None
    airflow_password: Secret | None = None
