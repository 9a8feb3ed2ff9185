"""The embedded S3 server starts wherever the checkout lies."""

import subprocess
from pathlib import Path

from objectstore import ObjectStore
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready


def test_a_state_folder_with_a_very_long_path_works(tmp_path: Path) -> None:
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    server = SeaweedFS(tmp_path / ("long" * 30), port, tuple(internal), access_key="key", secret_key="secret")
    server.prepare()
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(ObjectStore(server.settings("bucket")), timeout_s=60)
    finally:
        process.kill()
        process.wait()


def test_the_file_with_the_credentials_is_for_the_owner_only(tmp_path: Path) -> None:
    server = SeaweedFS(tmp_path / "store", 9000, tuple(range(9001, 9008)), access_key="key", secret_key="secret")
    server.prepare()
    assert (tmp_path / "store" / "identities.json").stat().st_mode & 0o077 == 0
    assert "secret" not in " ".join(server.command())
