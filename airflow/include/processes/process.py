"""A command in a process group of its own, which can't outlive the task that started it.

Airflow kills a task that is slow to stop, and with it everything in the task's own process group. A step may take
10 s to stop without leaving a half-published object, so it lives in another group, and a watchdog (a shell that waits
on a pipe) ends that group whenever the pipe closes: because someone asked for it, or because whoever held it is gone. A
task whose supervisor is gone can't report any more, so it ends its step too.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

GRACE_S = 10
"""How long a step may take to stop after SIGTERM, as the contract with it says."""

PARENT_CHECK_S = 2.0
"""How often it is checked that whoever started this process is still there."""

_WATCHDOG = Path(__file__).with_name("watchdog.sh")


class StepProcess:
    """A running command; leaving the context ends it, and whatever it started, if it is still there."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], *, grace_s: int = GRACE_S) -> None:
        """Start it, with nothing on standard input and with standard error merged into the output.

        Args:
            command: the executable's path, and its arguments.
            env: the whole environment.
            grace_s: seconds between SIGTERM and SIGKILL.

        Raises:
            OSError: if it can't be started.
        """
        quiet = subprocess.DEVNULL
        self._watchdog = subprocess.Popen(
            ["/bin/sh", str(_WATCHDOG), str(grace_s)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
        )
        try:
            self._process = subprocess.Popen(
                command,
                env=env,
                stdin=quiet,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError:
            self._close_watchdog()
            raise
        self._tell_watchdog(str(self._process.pid))
        self._parent = os.getppid()
        self._reaper = threading.Thread(target=self._reap, daemon=True)
        self._reaper.start()

    def lines(self) -> Iterator[str]:
        """The output as it comes, line by line without line breaks, to its end."""
        for line in self._process.stdout or ():
            yield line.rstrip("\n")

    def stop(self) -> None:
        """Ask it to end, SIGTERM now and SIGKILL after the grace; returns at once, so a signal handler may call it."""
        if self._watchdog.stdin and not self._watchdog.stdin.closed:
            self._watchdog.stdin.close()

    def wait(self) -> int:
        """Wait for its end; the exit code, or minus the number of the signal that ended it."""
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.poll() is None:
            self.stop()
            for _ in self.lines():  # a full pipe must not keep it from ending
                pass
        self._reaper.join()
        self._tell_watchdog("ended")
        self._close_watchdog()
        if self._process.stdout:
            self._process.stdout.close()

    def _reap(self) -> None:
        """Wait for the command's end, and end what it left behind in its group, which would hold the output open."""
        while True:
            try:
                self._process.wait(PARENT_CHECK_S)
            except subprocess.TimeoutExpired:
                if os.getppid() != self._parent:
                    self.stop()
            else:
                break
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _tell_watchdog(self, line: str) -> None:
        if self._watchdog.stdin and not self._watchdog.stdin.closed:
            with suppress(BrokenPipeError):  # someone killed the watchdog; the command may run on without it
                self._watchdog.stdin.write(f"{line}\n".encode())

    def _close_watchdog(self) -> None:
        self.stop()
        self._watchdog.wait()
