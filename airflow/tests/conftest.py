"""An Airflow of this test session's own, and stand-ins for the services' commands.

Airflow reads its environment when it is imported, so it is set here, before any test imports it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import standin

AIRFLOW = Path(__file__).resolve().parents[1]
HOME = Path(tempfile.mkdtemp(prefix="acneflow-airflow-"))

os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(AIRFLOW / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(AIRFLOW / "include" / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__API_AUTH__JWT_SECRET": "not a secret " * 5,
}


@pytest.fixture(scope="session", autouse=True)
def _home_of_airflow() -> Iterator[None]:
    yield
    shutil.rmtree(HOME)


@pytest.fixture(scope="session")
def database() -> None:
    """Airflow's database, which `dag.test()` needs."""
    airflow = Path(sys.executable).with_name("airflow")
    subprocess.run([airflow, "db", "migrate"], check=True, capture_output=True)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the stand-ins, set as ACNEFLOW_BIN."""
    folder = standin.install(tmp_path / "bin")
    monkeypatch.setenv("ACNEFLOW_BIN", str(folder))
    return folder
