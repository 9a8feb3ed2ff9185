"""What the step `prepare` reads from its environment besides the store."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.manifest import Fraction
from trainer.classes import SmallClasses
from trainer.dataset_checks import Acceptable


class PrepareSettings(BaseSettings):
    """Read from `ACNEFLOW_PREPARE_*`; a flag of the command wins over a variable."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_PREPARE_", frozen=True, extra="ignore")

    small_classes: SmallClasses = SmallClasses.DROP
    """What becomes of a class with fewer images than its minimum."""
    accept: Annotated[frozenset[Acceptable], NoDecode] = frozenset()
    """Blocking checks that are accepted although they fail, separated by commas."""
    largest_unreadable: Fraction = 0.05
    """Share of the images that may be unreadable."""
    samples: Annotated[int, Field(ge=0, le=50)] = 6
    """Pictures of each class on the report's page."""

    @field_validator("accept", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
