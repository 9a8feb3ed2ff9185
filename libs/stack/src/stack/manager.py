"""The process manager: supervisord, which starts, restarts and stops every process and keeps its log.

It runs as a daemon of its own and is spoken to over a unix socket that only its owner may open.
"""

import os
import re
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from stack.preflight import STATE_VARIABLE, socket_path
from stack.settings import StackError

STOP_TIMEOUT_S = 40
"""SeaweedFS takes 15 s to obey SIGTERM, Airflow's API server up to 10 s more than its scheduler."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME", "TZ")
_EXIT = re.compile(
    r"^(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ \S+ exited: (?P<name>\S+) \((?P<how>.+?); not expected\)"
)
LOG_LINES_READ = 500
PASSED_ON_PREFIXES = ("SSL_", "REQUESTS_CA", "CURL_CA", "PIP_", "UV_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProcessState:
    name: str
    state: str
    pid: int | None
    seconds: int
    description: str

    @property
    def running(self) -> bool:
        return self.state in {"RUNNING", "STARTING"}


class ProcessManager:
    """supervisord for one state folder."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.run_folder = state / "run"
        self.log_folder = state / "logs"
        self.own_log = self.log_folder / "supervisord.log"
        self._configuration = self.run_folder / "supervisord.conf"
        self.socket = socket_path(self.run_folder / "supervisord.sock")

    @property
    def alive(self) -> bool:
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def start(self, programs: list[Program]) -> None:
        """Start supervisord with these programs, none of them running yet."""
        for folder in (self.run_folder, self.log_folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._configuration.unlink(missing_ok=True)
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(self._render(programs))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        outcome = subprocess.run(
            command,
            cwd="/",
            env=inherited_environment() | {STATE_VARIABLE: str(self.state)},
            capture_output=True,
            text=True,
            check=False,
        )
        deadline = time.monotonic() + 15
        while not self.alive:
            if outcome.returncode != 0 or time.monotonic() > deadline:
                raise StackError(f"the process manager didn't start: {outcome.stderr.strip() or self.own_log}")
            time.sleep(0.05)

    def knows(self, programs: list[Program]) -> bool:
        return self._configuration.read_text() == self._render(programs)

    def start_program(self, name: str) -> None:
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise StackError(f"{name} can't be started: {fault.faultString}; see {self.log_of(name)}") from fault

    def states(self) -> list[ProcessState]:
        """Empty if supervisord isn't there."""
        try:
            answers: list[dict[str, Any]] = self._call("getAllProcessInfo")
        except (OSError, xmlrpc.client.Error):
            return []
        return [
            ProcessState(
                name=str(info["name"]),
                state=str(info["statename"]),
                pid=int(info["pid"]) or None,
                seconds=int(info["now"]) - int(info["start"]) if info["statename"] == "RUNNING" else 0,
                description=str(info["description"]),
            )
            for info in answers
        ]

    def state_of(self, name: str) -> ProcessState | None:
        return next((state for state in self.states() if state.name == name), None)

    def stop(self, *, first: str | None = None) -> None:
        """Stop every program, all at once but for `first`, then supervisord itself, and wait until it is gone."""
        pid = int(self._call("getPID"))
        deadline = time.monotonic() + STOP_TIMEOUT_S + 10
        if first is not None:
            self._stop_programs([first], deadline)
        self._stop_programs([state.name for state in self.states()], deadline)
        self._call("shutdown")
        while psutil.pid_exists(pid):
            if time.monotonic() > deadline:
                raise StackError(f"the process manager (process {pid}) doesn't end; see {self.own_log}")
            time.sleep(0.1)

    def _stop_programs(self, names: list[str], deadline: float) -> None:
        for state in self.states():
            if state.running and state.name in names:
                self._call("stopProcess", state.name, False)
        while any(state.state in {"RUNNING", "STARTING", "STOPPING"} for state in self.states() if state.name in names):
            if time.monotonic() > deadline:
                return
            time.sleep(0.1)

    def log_of(self, name: str) -> Path:
        return self.log_folder / f"{name}.log"

    def _call(self, method: str, *arguments: object) -> Any:
        with closing(SupervisorTransport(None, None, serverurl=f"unix://{self.socket}")) as transport:
            proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)

    def _render(self, programs: list[Program]) -> str:
        lines = [
            "[unix_http_server]",
            f"file={_escape(self.socket)}",
            "chmod=0700",
            "[supervisord]",
            f"logfile={_escape(self.own_log)}",
            f"pidfile={_escape(self.run_folder / 'supervisord.pid')}",
            f"childlogdir={_escape(self.log_folder)}",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        for program in programs:
            settings = ",".join(f'{name}="{_value(name, value)}"' for name, value in program.environment.items())
            lines += [
                f"[program:{program.name}]",
                f"command={_escape(shlex.join(program.command))}",
                f"directory={_escape(program.folder)}",
                f"environment={settings}",
                "autostart=false",
                "autorestart=true",
                "startsecs=1",
                "startretries=5",
                "stopasgroup=true",
                "killasgroup=true",
                f"stopwaitsecs={STOP_TIMEOUT_S}",
                "redirect_stderr=true",
                f"stdout_logfile={_escape(self.log_of(program.name))}",
                "stdout_logfile_maxbytes=10MB",
                "stdout_logfile_backups=2",
            ]
        return "\n".join(lines) + "\n"


def inherited_environment() -> dict[str, str]:
    """What of our own environment the processes get: nothing with a secret, nothing of a virtual environment."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.upper().startswith(PASSED_ON_PREFIXES)
    }


def unexpected_exits(log: Path, since: datetime | None = None) -> dict[str, str]:
    """Service → when and how it last ended by itself; all times are local, without a zone."""
    found: dict[str, str] = {}
    for line in log_tail(log, LOG_LINES_READ):
        match = _EXIT.match(line)
        if match and (since is None or match["at"] >= f"{since:%Y-%m-%d %H:%M:%S}"):
            found[match["name"]] = f"ended at {match['at']} ({match['how']}), started again; see its log"
    return found


def log_tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log, none if there is no such file."""
    try:
        return path.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return []


def _escape(value: str | Path) -> str:
    return str(value).replace("%", "%%")


def _value(name: str, value: str) -> str:
    if any(mark in value for mark in '"\n\\') or value != value.strip("' "):
        raise StackError(f"{name} holds a double quote, a backslash or a line break, or has quotes or spaces at an end")
    return _escape(value)
