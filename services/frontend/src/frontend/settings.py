"""The page's settings."""

from typing import Annotated

from pydantic import Field, SecretStr

from runtime import Settings


class FrontendSettings(Settings):
    """`ACNEFLOW_*`."""

    gateway_url: str = "http://127.0.0.1:8000"
    frontend_host: str = "127.0.0.1"
    frontend_port: Annotated[int, Field(ge=1, le=65535)] = 8501
    frontend_api_key: SecretStr | None = None
    """A key of the role `predict`, for a gateway that answers nobody without one. Never an admin key: all visitors use
    it."""
    model: str = "acne"
    """The model whose versions and channels are shown."""
    frontend_airflow_url: str = "http://127.0.0.1:8080"
    """Where a visitor's browser finds Airflow's own page."""
