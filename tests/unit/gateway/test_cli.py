"""The command `gateway`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.gateway import Backend, running_gateway

COMMAND = str(Path(sys.executable).with_name("gateway"))


def test_it_ends_within_seconds_of_sigterm_and_says_nothing_but_json(backend: Backend, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_gateway(backend.environment, log, forked=False) as gateway:
        gateway.process.terminate()
        gateway.process.wait(timeout=10)
    assert all(line.startswith("{") for line in log.read_text().splitlines())


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "ACNEFLOW_STORE_SECRET_KEY"),
        ({"ACNEFLOW_GATEWAY_PORT": "http"}, "ACNEFLOW_GATEWAY_PORT"),
        ({"ACNEFLOW_GATEWAY_DEADLINE_S": "0"}, "ACNEFLOW_GATEWAY_DEADLINE_S"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(environment: dict[str, str], named: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
    done = subprocess.run([COMMAND, "serve"], env=inherited | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{named}: " in done.stderr
