"""What a program is told by `ACNEFLOW_*` variables, and its secrets by files where there are some.

A container's variables are shown by `docker inspect` and inherited by whatever it starts; a file is neither. So where
`ACNEFLOW_SECRETS` names a folder, a setting may stand there in a file of its variable's name in small letters, such as
`acneflow_store_secret_key`. A variable that is set goes before the file.
"""

import os

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

__all__ = ["FOLDER", "SecretSettings", "SettingsConfigDict"]

FOLDER = "ACNEFLOW_SECRETS"
"""The variable that names the folder of secrets; without it there is none."""


class SecretSettings(BaseSettings):
    """Settings of which some are secrets."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by name; there is no such file here
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a folder that is fixed when this is imported
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was given in code, then variables, then files."""
        folder = os.environ.get(FOLDER)
        files = (SecretsSettingsSource(settings_cls, folder),) if folder else ()
        return (init_settings, env_settings, *files)
