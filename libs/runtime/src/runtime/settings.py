"""The one reader of settings: `ACNEFLOW_*` variables, and secrets from files where there are some.

A container's variables are shown by `docker inspect` and inherited by whatever it starts; a file is neither. So where
`ACNEFLOW_SECRETS` names a folder, a setting may stand there in a file of its variable's name in small letters, such as
`acneflow_store_secret_key`. A variable that is set goes before the file; one that is set to nothing counts as not set.
"""

import os
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from contracts.steps import InvalidInputError

PREFIX = "ACNEFLOW_"
SECRETS_FOLDER = "ACNEFLOW_SECRETS"
"""The variable that names the folder of secrets; without it there is none."""


class Settings(BaseSettings):
    """What a program is told; a program's own settings are a subclass. Read by `read_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a folder that is fixed when this is imported
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was given in code, then variables, then a `.env` file if one was named, then files of secrets."""
        folder = os.environ.get(SECRETS_FOLDER)
        files = (SecretsSettingsSource(settings_cls, folder),) if folder else ()
        return (init_settings, env_settings, dotenv_settings, *files)


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def read_settings(kind: type[SettingsT], **given: Any) -> SettingsT:
    """Read settings; what is given and not None goes before variables and files.

    Raises:
        InvalidInputError: if any is missing or wrong; the message names all of them and no value.
    """
    try:
        return kind(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix") or PREFIX
        faults = "; ".join(_fault(prefix, fault["loc"], fault["msg"]) for fault in error.errors(include_url=False))
        raise InvalidInputError(f"settings are missing or wrong: {faults}. See .env.example") from None


def _fault(prefix: str, location: tuple[int | str, ...], message: str) -> str:
    name = "_".join(str(part) for part in location).upper()
    # an alias stands in the error as the whole name of its variable
    return f"{name if name.startswith(PREFIX) else prefix + name}: {message}"
