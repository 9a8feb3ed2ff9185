"""The sidecar as a process: killed at the worst moment, started twice, stopped, or started without its settings."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from objectstore import ObjectStore
from serving.errors import ServingError
from serving.model_client import ModelClient
from stack.seaweedfs import free_ports
from support.model_server import ModelServer, running_model_server
from support.sidecar import running_sidecar, sidecar_env
from support.versions import Versions, move_channels, publish_version

SERVING = str(Path(sys.executable).with_name("serving"))
BALLAST_BYTES = 24 * 2**20
"""Makes a download long enough to be killed in."""


def wait_until(condition: Callable[[], bool], *, every_s: float = 0.02) -> None:
    while not condition():
        time.sleep(every_s)


def production(server: ModelServer) -> int | None:
    with ModelClient(server.address, "acne") as client:
        try:
            return client.golden(label="production").version
        except ServingError:
            return None


def test_a_sidecar_killed_in_a_download_leaves_no_half_version_and_the_next_one_finishes(
    store: ObjectStore, store_env: dict[str, str], versions: Versions, tmp_path: Path
) -> None:
    versions.publish(store, 1)
    move_channels(store, production=1)
    folder = tmp_path / "acne"
    with running_model_server(tmp_path) as server:
        with running_sidecar(tmp_path, server.address, store_env) as sidecar:
            wait_until(lambda: production(server) == 1)
            heavy = versions.folder(2)
            (heavy / "saved_model" / "assets").mkdir(exist_ok=True)
            (heavy / "saved_model" / "assets" / "ballast").write_bytes(os.urandom(BALLAST_BYTES))
            publish_version(store, heavy, versions.describe(2))
            (heavy / "saved_model" / "assets" / "ballast").unlink()
            move_channels(store, production=2)
            wait_until((folder / ".tmp-2").exists, every_s=0.001)
            sidecar.kill()
            sidecar.wait()
        assert (folder / ".tmp-2").exists(), "it was killed too late to tell anything"
        assert not (folder / "2").exists()
        assert production(server) == 1
        with running_sidecar(tmp_path, server.address, store_env):
            wait_until(lambda: production(server) == 2)
    assert (folder / "2" / "assets" / "ballast").stat().st_size == BALLAST_BYTES
    assert not list(folder.glob(".tmp-*"))


def test_a_second_sidecar_on_the_same_volume_is_turned_away_and_sigterm_ends_the_first_well(
    store: ObjectStore, store_env: dict[str, str], tmp_path: Path
) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with running_sidecar(tmp_path, address, store_env) as first:
        wait_until((tmp_path / "models.config").exists)
        environment = {**os.environ, **store_env, **sidecar_env(tmp_path, address)}
        second = subprocess.run(
            [SERVING, "sync"], env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert second.returncode == 1
        assert "another sidecar works on" in second.stderr
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=5) == 0
    log = (tmp_path / "sync.log").read_text()
    assert f"the model server at {address} doesn't answer" in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("ACNEFLOW_SERVING_VOLUME", "ACNEFLOW_SERVING_VOLUME: Field required"),
        ("ACNEFLOW_STORE_SECRET_KEY", "ACNEFLOW_STORE_SECRET_KEY: Field required"),
    ],
)
def test_a_setting_that_is_missing_is_named(
    store_env: dict[str, str], tmp_path: Path, *, missing: str, named: str
) -> None:
    environment = {**os.environ, **store_env, "ACNEFLOW_SERVING_VOLUME": str(tmp_path)}
    del environment[missing]
    run = subprocess.run([SERVING, "sync"], env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 2
    assert named in run.stderr
    assert "Traceback" not in run.stderr
