"""Unix sockets in the state folder, or in the system's temporary folder where the state folder's path is too long."""

import tempfile
from hashlib import sha256
from pathlib import Path

MAX_SOCKET_PATH = 90
"""A socket's path may have 107 bytes on Linux and 103 on macOS; supervisord adds its process id while binding."""


def socket_path(wanted: Path) -> Path:
    """`wanted`, or a short path that is the same for the same `wanted`."""
    if len(bytes(wanted)) <= MAX_SOCKET_PATH:
        return wanted
    return Path(tempfile.gettempdir()) / f"acneflow-{sha256(bytes(wanted)).hexdigest()[:16]}.sock"
