"""How Airflow runs in the embedded setting: its own environment, SQLite, one machine, loopback only.

`airflow/embedded.env` holds its configuration; this module fills in what differs between installations.
"""

import json
from pathlib import Path
from string import Template

from stack.manager import Program
from stack.settings import StackError, StackSettings

PASSWORDS_FILE = "simple_auth_manager_passwords.json"


def airflow_home(settings: StackSettings) -> Path:
    """Where Airflow keeps its database and logs."""
    return settings.state / "airflow"


def prepare_airflow(settings: StackSettings) -> None:
    """Write the file that holds the one user's password (mode 600), which Airflow reads when it starts."""
    home = airflow_home(settings)
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / PASSWORDS_FILE
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({settings.airflow_username: settings.airflow_password.get_secret_value()}))


def airflow_program(root: Path, settings: StackSettings, bin_folder: Path, step_environment: dict[str, str]) -> Program:
    """Airflow as a program; the steps that it starts inherit `step_environment`.

    Raises:
        StackError: if Airflow's environment or configuration is missing.
    """
    executable = root / "airflow" / ".venv" / "bin" / "airflow"
    if not executable.exists():
        raise StackError(f"Airflow isn't installed: {executable} is missing; run `make install`")
    placeholders = {
        "AIRFLOW_HOME": str(airflow_home(settings)),
        "AIRFLOW_DAGS": str(root / "airflow" / "dags"),
        "AIRFLOW_PORT": str(settings.airflow_port),
        "AIRFLOW_USERNAME": settings.airflow_username,
        "AIRFLOW_SECRET": settings.airflow_secret.get_secret_value(),
        "AIRFLOW_PASSWORDS_FILE": str(airflow_home(settings) / PASSWORDS_FILE),
    }
    configuration = _read(root / "airflow" / "embedded.env", placeholders)
    steps = {
        "ACNEFLOW_STEP_SETTING": "process",
        "ACNEFLOW_BIN": str(bin_folder),
        "ACNEFLOW_SAMPLE_SITE_URL": settings.sample_site_url,
    }
    return Program("airflow", [str(executable), "standalone"], root, configuration | step_environment | steps)


def _read(path: Path, placeholders: dict[str, str]) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise StackError(f"{path} can't be read: {error.strerror}") from error
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: Template(value).substitute(placeholders) for name, _, value in pairs}
