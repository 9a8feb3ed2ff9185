"""Where the sample site listens and what it shows, read from `ACNEFLOW_SAMPLE_SITE_*`."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SampleSiteSettings(BaseSettings):
    """All have a default."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_SAMPLE_SITE_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8600
    """0 takes any free port; the line at start names it."""
    seed: Annotated[int, Field(ge=0)] = 0
    cases_per_class: Annotated[int, Field(ge=2, le=1000)] = 40
    slow_page_s: Annotated[float, Field(ge=0, le=60)] = 3.0
