"""The embedded S3 server: SeaweedFS, as one process bound to loopback.

SeaweedFS listens on more ports than S3's; they are given explicitly, so that nothing meets by chance.
"""

import json
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from objectstore import ObjectStore, StoreSettings, StoreUnavailableError
from stack.preflight import socket_path

INTERNAL_PORTS = 7
"""How many ports it needs besides S3's own."""


@dataclass(frozen=True, slots=True)
class SeaweedFS:
    folder: Path
    port: int
    internal_ports: tuple[int, ...]
    access_key: str
    secret_key: str
    volume_size_mb: int = 1024
    """Each bucket gets volumes of its own, and there are no more than fit on the free disk at this size."""

    def prepare(self) -> None:
        """Make the folder, and the file with the one identity that may read and write (mode 600)."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        identity = {
            "name": "acneflow",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        self._identities.touch(mode=0o600)
        self._identities.write_text(json.dumps({"identities": [identity]}))

    def command(self) -> list[str]:
        master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3_grpc = self.internal_ports
        options = {
            "dir": self.folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.port": master,
            "master.port.grpc": master_grpc,
            "master.telemetry": "false",
            "master.electionTimeout": "1s",
            "master.volumeSizeLimitMB": self.volume_size_mb,
            "volume.port": volume,
            "volume.port.grpc": volume_grpc,
            "volume.max": 0,
            "volume.preStopSeconds": 0,
            "filer.port": filer,
            "filer.port.grpc": filer_grpc,
            "filer.localSocket": socket_path(self.folder / "filer.sock"),
            "s3.port": self.port,
            "s3.port.grpc": s3_grpc,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": self._identities,
            "s3.localSocket": socket_path(self.folder / "s3.sock"),
        }
        weed = Path(sys.executable).with_name("weed")
        flags = [f"-{name}={value}" for name, value in options.items()]
        return [str(weed), "-logtostderr=true", "server", "-s3", *flags]

    def settings(self, bucket: str) -> StoreSettings:
        return StoreSettings.model_validate(
            {
                "bucket": bucket,
                "store_endpoint": f"http://127.0.0.1:{self.port}",
                "store_access_key": self.access_key,
                "store_secret_key": self.secret_key,
            }
        )

    @property
    def _identities(self) -> Path:
        return self.folder / "identities.json"


def wait_until_ready(store: ObjectStore, *, timeout_s: float) -> None:
    """Wait until the store takes a write, and make the bucket; right after a kill it can take long to elect itself."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            store.ensure_bucket()
            store.put("ready", b"")
        except StoreUnavailableError as error:
            if time.monotonic() > deadline:
                msg = f"the S3 server didn't take a write within {timeout_s:.0f} s: {error}"
                raise StoreUnavailableError(msg) from error
            time.sleep(0.2)
        else:
            return


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that nothing listens on right now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for held in sockets:
            held.bind(("127.0.0.1", 0))
        return tuple(int(held.getsockname()[1]) for held in sockets)
    finally:
        for held in sockets:
            held.close()
