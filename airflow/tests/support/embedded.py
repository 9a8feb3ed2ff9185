"""Airflow as the embedded stack runs it: started, watched and stopped as embedded.env says."""

import json
import os
import secrets
import signal
import socket
import string
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

AIRFLOW = Path(__file__).resolve().parents[2]
PROCESSES = (["scheduler", "--skip-serve-logs"], ["dag-processor"], ["api-server"])
PIPELINE = "/api/v2/dags/CNN-Training-Pipeline"


class EmbeddedAirflow:
    """Three processes, each in a group of its own, and a client of their API."""

    def __init__(self, home: Path, commands: Path, variables: Mapping[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.home = home
        self._password = secrets.token_urlsafe()
        self._token = ""
        gaps = {
            "AIRFLOW_HOME": str(home),
            "ACNEFLOW_AIRFLOW": str(AIRFLOW),
            "ACNEFLOW_AIRFLOW_PORT": str(port),
            "ACNEFLOW_AIRFLOW_USERNAME": "operator",
            "ACNEFLOW_AIRFLOW_JWT_SECRET": secrets.token_hex(32),
            "ACNEFLOW_BIN": str(commands),
        }
        text = string.Template((AIRFLOW / "embedded.env").read_text()).substitute(gaps)
        settings = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._env = {"PATH": path, "HOME": str(home), **settings, **variables}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Migrate and start; returns when it's ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        passwords = self.home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({"operator": self._password}))
        subprocess.run([sys.executable, "-m", "init"], env=self._env, check=True, capture_output=True)
        self._running = [self._start(arguments) for arguments in PROCESSES]
        self.wait_for(self._is_ready, timeout_s=120)
        self._token = self.call("POST", "/auth/token", {"username": "operator", "password": self._password})[1][
            "access_token"
        ]
        self.wait_for(lambda: self.call("GET", PIPELINE)[0] == 200, timeout_s=30)

    def kill_scheduler(self) -> None:
        """End the scheduler and its tasks as a container's end does: all at once, without a word."""
        scheduler = psutil.Process(self._running[0].pid)
        tree = [scheduler, *scheduler.children(recursive=True)]
        for process in tree:
            process.kill()
        psutil.wait_procs(tree, timeout=10)

    def start_scheduler(self) -> None:
        """Start another one."""
        self._running[0] = self._start(PROCESSES[0])

    def stop(self) -> None:
        """Stop in the order that lets tasks report their end."""
        for process in self._running:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        self._running.clear()

    @property
    def door(self) -> dict[str, str]:
        """Where it is, and how a person gets in."""
        return {"url": self.url, "username": "operator", "password": self._password}

    def groups(self) -> list[int]:
        """The process groups of its processes."""
        return [process.pid for process in self._running]

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status (0 without an answer) and JSON body of a request."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, None

    def wait_for(self, condition: Any, *, timeout_s: float) -> Any:
        """Wait until the condition gives something true, and return that."""
        deadline = time.monotonic() + timeout_s
        while not (value := condition()):
            for process in self._running:
                assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"not within {timeout_s} s"
            time.sleep(0.2)
        return value

    def _start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        with (self.home / f"{arguments[0]}.log").open("ab") as log:
            command = ["airflow", *arguments]
            return subprocess.Popen(command, env=self._env, stdout=log, stderr=log, start_new_session=True)

    def _is_ready(self) -> bool:
        if self.call("GET", "/execution/health")[0] != 200:
            return False
        _, health = self.call("GET", "/api/v2/monitor/health")
        return all(health[part]["status"] == "healthy" for part in ("scheduler", "dag_processor"))
