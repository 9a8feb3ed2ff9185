"""The page as a process of its own, as a browser meets it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from stack.seaweedfs import free_ports

TIMEOUT_S = 90


@dataclass(frozen=True)
class PageServer:
    """A running page."""

    url: str
    process: subprocess.Popen[bytes]

    def held_bytes(self) -> int:
        """What its upload handler holds."""
        name = 'cache_memory_bytes{cache_type="UploadedFileManager"'

        lines = httpx.get(f"{self.url}/_stcore/metrics").text.splitlines()
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith(name))


@contextmanager
def running_page(gateway_url: str, log: Path, **settings: str) -> Iterator[PageServer]:
    """Start `frontend`, wait until it is well, and end it with SIGTERM."""
    (port,) = free_ports(1)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
    environment = {"ACNEFLOW_GATEWAY_URL": gateway_url, "ACNEFLOW_FRONTEND_PORT": str(port), **settings}
    command = [str(Path(sys.executable).with_name("frontend"))]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=inherited | environment, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_well(url, process, log)
        yield PageServer(url, process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_well(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/_stcore/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    message = f"the page didn't get well at {url}:\n{log.read_text()}"
    raise AssertionError(message)
