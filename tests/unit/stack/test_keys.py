"""`acneflow keys`: made once, listed without the secret, revoked for good."""

import subprocess
import sys
from pathlib import Path

import pytest

from objectstore import ObjectStore
from stack.keys import KeyRing
from stack.settings import Installation, read_settings

COMMAND = str(Path(sys.executable).with_name("acneflow"))


@pytest.fixture
def installation(store: ObjectStore, tmp_path: Path) -> Path:
    """Settings that name this test's store."""
    settings = store.settings
    lines = {
        "BUCKET": settings.bucket,
        "STORE_PORT": str(settings.store_endpoint).rpartition(":")[2],
        "STORE_ACCESS_KEY": settings.store_access_key,
        "STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
        "ADMIN_KEY": "x",
        "AIRFLOW_PASSWORD": "x",
        "AIRFLOW_SECRET": "x",
    }
    env_file = tmp_path / ".env"
    env_file.write_text("".join(f"ACNEFLOW_{name}={value}\n" for name, value in lines.items()))
    return env_file


def acneflow(installation: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "--env-file", str(installation), "keys", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_key_is_made_listed_and_revoked(installation: Path) -> None:
    made = acneflow(installation, "create", "page", "--per-minute", "60")
    key = made.stdout.strip()
    listed = acneflow(installation, "list").stdout
    number = key.split("_")[1]
    assert number in listed
    assert "page" in listed
    assert key not in listed
    assert acneflow(installation, "revoke", number).returncode == 0
    assert acneflow(installation, "list").stdout == ""
    again = acneflow(installation, "revoke", number)
    assert again.returncode == 1
    assert "no key" in again.stderr


def test_a_name_that_isnt_one_is_refused(installation: Path) -> None:
    refused = acneflow(installation, "create", "No Name")
    assert refused.returncode == 1
    assert "small letters" in refused.stderr


def test_two_who_write_at_once_lose_nothing(installation: Path) -> None:
    ring = KeyRing(read_settings(Installation(installation.parent, installation)))
    running = [
        subprocess.Popen([COMMAND, "--env-file", str(installation), "keys", "create", f"client-{number}"])
        for number in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert len(ring.entries()) == 3
