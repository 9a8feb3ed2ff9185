"""What the step `prepare` reads from its environment besides the store."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.manifest import Fraction
from contracts.steps import InvalidInputError
from trainer.data.checks import Acceptable
from trainer.data.classes import SmallClasses


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

    def given(self, *, small_classes: SmallClasses | None, accept: str | None) -> "PrepareSettings":
        """These settings with what a command was given on top.

        Raises:
            InvalidInputError: if a name in `accept` is none of a check that can be accepted.
        """
        wanted = self.accept if accept is None else frozenset(_names(accept))
        unknown = sorted(set(wanted) - {*Acceptable})
        if unknown:
            msg = f"expected checks out of {', '.join(Acceptable)}, got {', '.join(unknown)}"
            raise InvalidInputError(msg)
        changes = {"small_classes": small_classes or self.small_classes, "accept": frozenset(map(Acceptable, wanted))}
        return self.model_copy(update=changes)

    @field_validator("accept", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        return _names(value) if isinstance(value, str) else value


def _names(separated: str) -> list[str]:
    return [name.strip() for name in separated.split(",") if name.strip()]
