"""What the page is told by its environment."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class FrontendSettings(BaseSettings):
    """Read from `ACNEFLOW_*`; a variable that is set to nothing counts as not set."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", frozen=True, extra="ignore", env_ignore_empty=True)

    gateway_url: str = "http://127.0.0.1:8000"
    frontend_host: str = "127.0.0.1"
    frontend_port: Annotated[int, Field(ge=1, le=65535)] = 8501
