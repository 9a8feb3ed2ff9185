"""What the machine has to offer before anything is started: ports, disk, short socket paths, no left-over processes."""

import shutil
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import psutil

from stack.settings import StackError

MIN_FREE_BYTES = 2 * 2**30
"""A first run writes about 0.3 GB; SeaweedFS stops taking writes when less than a volume is free."""
STATE_VARIABLE = "ACNEFLOW_STATE"
"""Every process of a stack has its state folder in this variable, so that it can be found without a process manager."""
END_TIMEOUT_S = 15
MAX_SOCKET_PATH = 90
"""A socket's path may have 107 bytes on Linux and 103 on macOS; supervisord adds its process id while binding."""


def check_disk(folder: Path) -> None:
    """Refuse to start on a disk that is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise StackError(
            f"the disk that holds {folder} has {free / 2**30:.1f} GB left, and {MIN_FREE_BYTES / 2**30:.0f} GB are "
            "needed; free some, or set ACNEFLOW_STATE to a folder on another disk"
        )


def check_ports(ports: Mapping[str, int]) -> None:
    """Refuse to start where a port is taken; `ports` are by the setting that moves them."""
    faults = [
        f"  port {port} is taken by {_holder(port)}: stop it, or set {setting} to another port"
        for setting, port in ports.items()
        if is_taken(port)
    ]
    doubled = {port for port in ports.values() if list(ports.values()).count(port) > 1}
    faults += [f"  port {port} is set for more than one service" for port in sorted(doubled)]
    if faults:
        raise StackError("\n".join(["the stack can't start:", *faults]))


def is_taken(port: int) -> bool:
    """Whether a server can't bind to a port on loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def leftovers(state: Path) -> list[psutil.Process]:
    """Processes of a stack with this state folder, whoever started them; not this process and its parents."""
    own = {process.pid for process in psutil.Process().parents()} | {psutil.Process().pid}
    return [p for p in psutil.process_iter() if p.pid not in own and _state_of(p) == str(state)]


def end(processes: list[psutil.Process]) -> None:
    """Ask processes to end, and make them after 15 s."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=END_TIMEOUT_S)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=END_TIMEOUT_S)


def socket_path(wanted: Path) -> Path:
    """`wanted`, or where that is too long, a path in the system's temporary folder, the same for the same `wanted`."""
    if len(bytes(wanted)) <= MAX_SOCKET_PATH:
        return wanted
    return Path(tempfile.gettempdir()) / f"acneflow-{sha256(bytes(wanted)).hexdigest()[:16]}.sock"


def _holder(port: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another process"
    for connection in connections:
        if connection.laddr and connection.laddr.port == port:
            return _describe(connection.pid) if connection.pid else "another user's process"
    return "another user's process"


def _describe(pid: int) -> str:
    try:
        command = " ".join(psutil.Process(pid).cmdline())[:80]
    except psutil.Error:
        return f"process {pid}"
    return f"process {pid} ({command})"


def _state_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(STATE_VARIABLE)
    except (psutil.Error, OSError):
        return None
