"""The sync sidecar as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.1
GRACE_S = 0.2


@contextmanager
def running_sidecar(volume: Path, address: str, store_env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the sidecar on a volume, for the model server at an address, and end it with SIGTERM."""
    with (volume / "sync.log").open("ab") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("serving")), "sync"],
            stdout=output,
            stderr=output,
            env={**os.environ, **store_env, **sidecar_env(volume, address)},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)


def sidecar_env(volume: Path, address: str) -> dict[str, str]:
    """The sidecar's settings besides the store's."""
    return {
        "ACNEFLOW_SERVING_VOLUME": str(volume),
        "ACNEFLOW_SERVING_ADDRESS": address,
        "ACNEFLOW_REPLICA": "test",
        "ACNEFLOW_SERVING_POLL_S": str(POLL_S),
        "ACNEFLOW_SERVING_GRACE_S": str(GRACE_S),
    }
