"""The `.env` of the checkout that a command is started in: `trainer list` works there as `acneflow status` does.

Services aren't meant: whoever starts them hands them what they need, and sets `ACNEFLOW_ENV_FILE` to nothing, so that
none reads another's secrets.
"""

import os
from pathlib import Path

from dotenv import dotenv_values

ENV_FILE = "ACNEFLOW_ENV_FILE"
"""The variable that names another file, or, set to nothing, none."""

ADDRESSES = {
    "ACNEFLOW_STORE_ENDPOINT": ("http://127.0.0.1:{}", "ACNEFLOW_STORE_PORT", "9000"),
    "ACNEFLOW_SERVING_ADDRESS": ("127.0.0.1:{}", "ACNEFLOW_SERVING_PORT", "8500"),
    "ACNEFLOW_GATEWAY_URL": ("http://127.0.0.1:{}", "ACNEFLOW_GATEWAY_PORT", "8000"),
    "ACNEFLOW_AIRFLOW_URL": ("http://127.0.0.1:{}", "ACNEFLOW_AIRFLOW_PORT", "8080"),
    "ACNEFLOW_SAMPLE_SITE_URL": ("http://127.0.0.1:{}", "ACNEFLOW_SAMPLE_SITE_PORT", "8600"),
}
"""Where a checkout's own services listen, by the setting that moves each of them, unless told otherwise."""


def load_env_file() -> Path | None:
    """Add the settings of the checkout's `.env` to this process's environment, where what is set already wins.

    Returns:
        The file that was read; None if there is none.
    """
    path = _env_file()
    if path is None or not path.is_file():
        return None
    found = {name: value for name, value in dotenv_values(path).items() if value and name.startswith("ACNEFLOW_")}
    for name, value in found.items():
        os.environ.setdefault(name, value)
    for name, (address, port, default) in ADDRESSES.items():
        os.environ.setdefault(name, address.format(os.environ.get(port, default)))
    return path


def _env_file() -> Path | None:
    named = os.environ.get(ENV_FILE)
    if named is not None:
        return Path(named) if named else None
    here = Path.cwd()
    return next((folder / ".env" for folder in (here, *here.parents) if (folder / ".env.example").is_file()), None)
