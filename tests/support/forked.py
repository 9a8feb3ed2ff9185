"""Commands of ours as processes that start at once: forked off a process that has imported their modules already.

A test session starts many gateways, and importing takes each of them longer than everything else. What runs is the
command itself, in a process, with an environment and an output of its own.
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PRELOADED = (
    "gateway.cli",
    "gateway.http.app",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.loops.uvloop",
    "pytest",
)
"""pytest because each child imports its parent's main module."""

_main = sys.modules["__main__"]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(list(PRELOADED))


class Forked:
    """One process, with the methods of `subprocess.Popen`.

    Args:
        entry: the command as `[project.scripts]` names it, such as `gateway.cli:app`.
        arguments: of the command.
        environment: all its variables.
        log: where its output goes.
    """

    def __init__(self, entry: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        log.touch()
        sys.modules["__main__"] = _main  # where Streamlit's AppTest leaves its script, which the child would run
        self._process = _context.Process(target=_run, args=(entry, arguments, dict(environment), log))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: if it doesn't end in time.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def _run(entry: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    module, _, name = entry.partition(":")
    sys.argv = [module, *arguments]
    getattr(importlib.import_module(module), name)()
