"""A guarded process: its output, its end, and that nothing of it stays behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from include.processes.process import StepProcess

ENV = {"PATH": os.environ["PATH"]}


def shell(script: str, *, grace_s: int = 1) -> StepProcess:
    return StepProcess(["/bin/sh", "-c", script], ENV, grace_s=grace_s)


def is_running(pid: int) -> bool:
    """Whether it runs; a zombie that its new parent hasn't looked at yet doesn't."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def wait_until_gone(pid: int, *, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there after {timeout_s} s"
        time.sleep(0.05)


def test_output_comes_line_by_line_while_the_command_runs() -> None:
    with shell("echo first; sleep 0.5; echo second >&2") as process:
        lines = process.lines()
        start = time.monotonic()
        assert next(lines) == "first"
        assert time.monotonic() - start < 0.4
        assert list(lines) == ["second"]
        assert process.wait() == 0


def test_bytes_that_are_no_text_do_not_break_the_log() -> None:
    with shell(r"printf 'caf\351\n'") as process:
        assert list(process.lines()) == ["caf�"]


def test_the_exit_code_is_the_commands() -> None:
    with shell("exit 99") as process:
        assert list(process.lines()) == []
        assert process.wait() == 99


def test_standard_input_is_empty() -> None:
    with shell("cat; echo end") as process:
        assert list(process.lines()) == ["end"]


def test_the_command_gets_only_the_environment_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")
    with StepProcess(["/usr/bin/env"], {"ACNEFLOW_BUCKET": "b"}) as process:
        assert list(process.lines()) == ["ACNEFLOW_BUCKET=b"]


def test_a_stopped_command_gets_the_time_to_clean_up() -> None:
    with shell(
        "trap 'echo cleaned up; exit 143' TERM; echo ready; while :; do sleep 0.05; done", grace_s=10
    ) as process:
        lines = process.lines()
        assert next(lines) == "ready"
        process.stop()
        assert "cleaned up" in lines
        assert process.wait() == 143


def test_a_stubborn_command_is_killed_with_its_children_after_the_grace() -> None:
    stubborn = "trap '' TERM; sh -c 'echo $$; sleep 600' & echo ready; wait"
    with shell(stubborn, grace_s=1) as process:
        lines = process.lines()
        child = int(next(line for line in lines if line.isdigit()))
        start = time.monotonic()
        process.stop()
        list(lines)
        assert process.wait() == -9
        assert 0.5 < time.monotonic() - start < 5
    wait_until_gone(child, timeout_s=2)


def test_leaving_early_ends_the_command() -> None:
    with shell("echo $$; sleep 600") as process:
        pid = int(next(process.lines()))
    wait_until_gone(pid, timeout_s=2)


def test_what_a_command_leaves_behind_ends_with_it() -> None:
    start = time.monotonic()
    with shell("sleep 600 & echo $!; exit 3") as process:
        child = int(next(process.lines()))
        assert process.wait() == 3
    assert time.monotonic() - start < 5
    wait_until_gone(child, timeout_s=2)


STARTER = """
from include.processes.process import StepProcess
with StepProcess(["/bin/sh", "-c", "echo $$; sleep 600"], {"PATH": "/usr/bin:/bin"}) as process:
    for line in process.lines():
        print(line, flush=True)
"""


@pytest.mark.parametrize(
    "command",
    [[sys.executable, "-c", STARTER], ["/bin/sh", "-c", '"$0" -c "$1"; exit', sys.executable, STARTER]],
    ids=["its starter", "its starter's parent"],
)
def test_a_command_does_not_outlive(command: list[str]) -> None:
    folder = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        pid = int(killed.stdout.readline())
        killed.kill()
    wait_until_gone(pid, timeout_s=10)


def test_a_command_that_is_not_there_is_an_error_and_leaves_no_guard() -> None:
    with pytest.raises(FileNotFoundError):
        StepProcess(["/nowhere/scraper"], ENV)
    guards = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False).stdout
    assert not guards
