"""A real supervisord keeps real processes running, and leaves none behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from stack import preflight
from stack.manager import ProcessManager, ProcessState, Program
from stack.preflight import STATE_VARIABLE
from stack.settings import StackError

SLEEPER = "import os, time; print('hello', os.environ['GREETING'], flush=True); time.sleep(600)"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ProcessManager]:
    manager = ProcessManager(tmp_path / "state")
    yield manager
    if manager.alive:
        manager.stop()
    preflight.end(preflight.leftovers(tmp_path / "state"))


def _program(manager: ProcessManager, code: str, name: str = "sleeper") -> Program:
    environment = {STATE_VARIABLE: str(manager.state), "GREETING": "it's 100% sure"}
    return Program(name, [sys.executable, "-c", code], Path("/"), environment)


def _wait(manager: ProcessManager, wanted: Callable[[ProcessState], bool]) -> ProcessState:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        state = manager.state_of("sleeper")
        if state is not None and wanted(state):
            return state
        time.sleep(0.1)
    pytest.fail(f"still {manager.states()}")


def _running(state: ProcessState) -> bool:
    return state.state == "RUNNING" and state.pid is not None


def test_a_program_runs_with_its_own_environment_and_log(manager: ProcessManager) -> None:
    manager.start([_program(manager, SLEEPER)])
    manager.start_program("sleeper")
    _wait(manager, _running)
    assert manager.log_of("sleeper").read_text() == "hello it's 100% sure\n"


def test_starting_what_runs_is_no_error(manager: ProcessManager) -> None:
    manager.start([_program(manager, SLEEPER)])
    manager.start_program("sleeper")
    manager.start_program("sleeper")


def test_a_killed_program_is_started_again(manager: ProcessManager) -> None:
    manager.start([_program(manager, SLEEPER)])
    manager.start_program("sleeper")
    first = _wait(manager, _running).pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    second = _wait(manager, lambda state: _running(state) and state.pid != first)
    assert second.pid != first


def test_stopping_leaves_no_process(manager: ProcessManager) -> None:
    manager.start([_program(manager, SLEEPER)])
    manager.start_program("sleeper")
    pid = _wait(manager, _running).pid
    manager.stop()
    assert not manager.alive
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert preflight.leftovers(manager.state) == []


def test_processes_of_a_killed_manager_are_found_and_ended(manager: ProcessManager) -> None:
    manager.start([_program(manager, SLEEPER)])
    manager.start_program("sleeper")
    pid = _wait(manager, _running).pid
    own_pid = int((manager.run_folder / "supervisord.pid").read_text())
    os.kill(own_pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(own_pid)] if psutil.pid_exists(own_pid) else [], timeout=5)
    left = preflight.leftovers(manager.state)
    assert [process.pid for process in left if process.pid != own_pid] == [pid]
    preflight.end(left)
    assert preflight.leftovers(manager.state) == []


def test_a_value_that_can_t_be_passed_on_is_refused_by_name(manager: ProcessManager) -> None:
    program = Program("x", ["true"], Path("/"), {"ACNEFLOW_ADMIN_KEY": 'a"b'})
    with pytest.raises(StackError, match="ACNEFLOW_ADMIN_KEY holds a double quote"):
        manager.start([program])


def test_the_file_with_the_secrets_is_for_the_owner_only(manager: ProcessManager) -> None:
    manager.start([_program(manager, SLEEPER)])
    configuration = manager.run_folder / "supervisord.conf"
    assert configuration.stat().st_mode & 0o077 == 0


def test_a_state_folder_with_a_very_long_path_works(tmp_path: Path) -> None:
    manager = ProcessManager(tmp_path / ("long" * 30))
    manager.start([])
    try:
        assert manager.alive
    finally:
        manager.stop()
