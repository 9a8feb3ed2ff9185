"""Every setting of the embedded stack, read from `.env` and the environment (which wins)."""

import os
import re
from pathlib import Path
from typing import Annotated

from dotenv import dotenv_values
from pydantic import Field, SecretStr

import runtime
from contracts.steps import InvalidInputError
from runtime.settings import PREFIX
from stack.envfile import Installation, StackError

__all__ = ["Installation", "Port", "StackError", "StackSettings", "read_settings", "service_settings"]

Port = Annotated[int, Field(ge=1, le=65535)]

CONTAINERS_SECRET = re.compile(r"ACNEFLOW_(\w+_STORE_(ACCESS|SECRET)_KEY|(POSTGRES|AIRFLOW_GATEWAY|GRAFANA)_PASSWORD)")
"""What only the stack in containers needs: here one user of the store does for all."""


class StackSettings(runtime.Settings):
    """`ACNEFLOW_*`; secrets have no default, `acneflow up` writes random ones into `.env`."""

    state: Path = Path(".acneflow")
    """Where everything lives that the stack writes."""
    bucket: str = "acneflow"
    model: str = "acne"
    store_port: Port = 9000
    sample_site_port: Port = 8600
    serving_port: Port = 8500
    serving_rest_port: Port = 8502
    gateway_port: Port = 8000
    frontend_port: Port = 8501
    airflow_port: Port = 8080

    store_access_key: SecretStr
    store_secret_key: SecretStr
    admin_key: SecretStr
    airflow_username: str = "admin"
    airflow_password: SecretStr
    airflow_secret: SecretStr

    @property
    def store_url(self) -> str:
        return f"http://127.0.0.1:{self.store_port}"

    @property
    def sample_site_url(self) -> str:
        return f"http://127.0.0.1:{self.sample_site_port}"

    @property
    def serving_address(self) -> str:
        return f"127.0.0.1:{self.serving_port}"

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def page_url(self) -> str:
        return f"http://127.0.0.1:{self.frontend_port}"

    @property
    def airflow_url(self) -> str:
        return f"http://127.0.0.1:{self.airflow_port}"


def read_settings(installation: Installation) -> StackSettings:
    """The settings of an installation; a relative state folder is taken from the checkout.

    Raises:
        StackError: if there is no `.env` yet.
        InvalidInputError: naming all that are missing or wrong.
    """
    try:
        settings = runtime.read_settings(StackSettings, _env_file=installation.env_file)
    except InvalidInputError:
        if installation.env_file.exists():
            raise
        raise StackError(
            f"there is no {installation.env_file} yet; `make demo` makes it and starts the stack"
        ) from None
    return settings.model_copy(update={"state": (installation.root / settings.state).resolve()})


def service_settings(installation: Installation) -> dict[str, str]:
    """What `.env` and the environment set for the services: every `ACNEFLOW_*` that is no secret of the stack.

    Secrets are handed to those services alone that need them.
    """
    found = {**dotenv_values(installation.env_file), **os.environ}
    secrets = {
        PREFIX + name.upper() for name, field in StackSettings.model_fields.items() if field.annotation is SecretStr
    }
    return {
        name: value
        for name, value in found.items()
        if name.startswith(PREFIX)
        and name not in secrets
        and not CONTAINERS_SECRET.fullmatch(name)
        and value  # an empty value is as good as none
    }
