"""The whole embedded stack as a user starts it, in a state folder and on ports of its own."""

import os
import random
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from acneflow_client import Client
from objectstore import ObjectStore
from stack.preflight import is_taken, leftovers
from stack.seaweedfs import INTERNAL_PORTS
from stack.services import store_server, taken_ports
from stack.settings import Installation, StackSettings, read_settings

PORTS = ("SAMPLE_SITE", "SERVING", "SERVING_REST", "GATEWAY", "FRONTEND", "AIRFLOW")
TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class EmbeddedStack:
    """An installation of this checkout's code with its own data."""

    installation: Installation

    @classmethod
    def fresh(cls, repository: Path, folder: Path) -> "EmbeddedStack":
        """A stack that was never started: ports that are free now, state in `folder`."""
        first, *rest = _free_row(1 + INTERNAL_PORTS + len(PORTS))
        others = rest[INTERNAL_PORTS:]
        lines = [f"ACNEFLOW_STATE={folder / 'state'}", f"ACNEFLOW_STORE_PORT={first}"]
        lines += [f"ACNEFLOW_{name}_PORT={port}" for name, port in zip(PORTS, others, strict=True)]
        env_file = folder / "settings.env"
        env_file.write_text("\n".join(lines) + "\n")
        return cls(Installation(repository, env_file))

    @property
    def settings(self) -> StackSettings:
        """Its settings, once it was started."""
        return read_settings(self.installation)

    @property
    def store(self) -> ObjectStore:
        """Its store."""
        return ObjectStore(store_server(self.settings).settings(self.settings.bucket))

    def client(self) -> Client:
        """A client of its gateway, with the admin key."""
        return Client(self.settings.gateway_url, api_key=self.settings.admin_key.get_secret_value())

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """`acneflow <command>` for this installation, output and errors in one text."""
        acneflow = Path(sys.executable).with_name("acneflow")
        options = ["--root", str(self.installation.root), "--env-file", str(self.installation.env_file)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
        return subprocess.run(
            [str(acneflow), *options, *command],
            env=environment | {"COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def remains(self) -> list[str]:
        """Processes and listening ports that are still there."""
        processes = [f"process {p.pid} {' '.join(p.cmdline())}" for p in leftovers(self.settings.state)]
        ports = [f"port {port} ({name})" for name, port in taken_ports(self.settings).items() if _listens(port)]
        return processes + ports


@dataclass(frozen=True, slots=True)
class Demo:
    """A stack on which `acneflow demo` ran, and what it printed."""

    stack: EmbeddedStack
    output: str


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_row(count: int) -> range:
    """So many free ports in a row, below those that the system hands out for outgoing connections."""
    starts = list(range(15_000, 30_000, count))
    random.shuffle(starts)
    return next(row for row in (range(start, start + count) for start in starts) if not any(map(is_taken, row)))
