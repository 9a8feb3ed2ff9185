"""How Airflow runs in the embedded setting: its own environment, SQLite, one machine, loopback only.

`airflow/embedded.env` holds its configuration and says how its processes are started; this module fills in what differs
between installations.
"""

import json
import os
import subprocess
import time
from pathlib import Path
from string import Template

from stack.manager import Program, inherited_environment
from stack.settings import StackError, StackSettings

DAG_ID = "CNN-Training-Pipeline"
SCHEDULER = "airflow-scheduler"
PARTS = {
    SCHEDULER: ("scheduler", "--skip-serve-logs"),
    "airflow-dags": ("dag-processor",),
    "airflow-api": ("api-server",),
}
"""Airflow's processes, in the order in which they are started."""
MIGRATION_TIMEOUT_S = 300


def airflow_home(settings: StackSettings) -> Path:
    return settings.state / "airflow"


def airflow_programs(
    root: Path, settings: StackSettings, bin_folder: Path, step_environment: dict[str, str]
) -> list[Program]:
    """Airflow's processes; the steps that they start inherit `step_environment`."""
    folder = root / "airflow"
    executable = folder / ".venv" / "bin" / "airflow"
    if not executable.exists():
        raise StackError(f"Airflow isn't installed: {executable} is missing; run `make install`")
    configuration = _read(
        folder / "embedded.env",
        {
            "AIRFLOW_HOME": str(airflow_home(settings)),
            "ACNEFLOW_AIRFLOW": str(folder),
            "ACNEFLOW_AIRFLOW_PORT": str(settings.airflow_port),
            "ACNEFLOW_AIRFLOW_USERNAME": settings.airflow_username,
            "ACNEFLOW_AIRFLOW_JWT_SECRET": settings.airflow_secret.get_secret_value(),
            "ACNEFLOW_BIN": str(bin_folder),
        },
    )
    own = {
        "PATH": os.pathsep.join([str(executable.parent), os.environ.get("PATH", os.defpath)]),
        "ACNEFLOW_SAMPLE_SITE_URL": settings.sample_site_url,
    }
    environment = configuration | step_environment | own
    return [Program(name, [str(executable), *arguments], root, environment) for name, arguments in PARTS.items()]


def prepare_airflow(settings: StackSettings) -> None:
    """Write the file that holds the one user's password (mode 600), which Airflow reads when it starts."""
    home = airflow_home(settings)
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({settings.airflow_username: settings.airflow_password.get_secret_value()}))


class Migration:
    """`python -m init`, which takes seconds, beside the start of what doesn't need Airflow."""

    def __init__(self, program: Program, log: Path) -> None:
        self._log = log
        self._deadline = time.monotonic() + MIGRATION_TIMEOUT_S
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(Path(program.command[0]).with_name("python")), "-m", "init"],
                cwd=program.folder,
                env=inherited_environment() | program.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ended(self) -> bool:
        """Whether Airflow's database is there; StackError, naming the log, if it can't be made."""
        code = self._process.poll()
        if code is None and time.monotonic() > self._deadline:
            self._process.kill()
            raise StackError(f"Airflow's database wasn't ready in {MIGRATION_TIMEOUT_S} s; see {self._log}")
        if code:
            raise StackError(
                f"Airflow's database can't be made: `python -m init` failed with exit code {code}; see {self._log}"
            )
        return code == 0


def _read(path: Path, placeholders: dict[str, str]) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise StackError(f"{path} can't be read: {error.strerror}") from error
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: Template(value).substitute(placeholders) for name, _, value in pairs}
