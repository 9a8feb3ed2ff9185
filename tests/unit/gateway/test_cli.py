"""The command `gateway`."""

import os
from pathlib import Path

import pytest

from contracts.steps import Exit
from gateway.cli import app
from runtime.env_file import ENV_FILE
from support.gateway import Backend, running_gateway


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
def test_a_setting_that_is_missing_or_wrong_is_named(
    environment: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in os.environ:
        if name.startswith("ACNEFLOW_"):
            monkeypatch.delenv(name)
    for name, value in ({ENV_FILE: ""} | environment).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        app(["serve"])
    assert ended.value.code == Exit.INVALID
    assert f"{named}: " in capsys.readouterr().err
