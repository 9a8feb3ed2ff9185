"""How long a change of the production version takes: channel → sidecar → model server → first answer."""

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil

from contracts import keys
from contracts.manifest import FileEntry, utc_now
from contracts.models.channels import Channels
from contracts.models.version import DESCRIPTION_FILE, LITERT_FILE, ModelDescription, VersionManifest
from contracts.steps import StepError
from objectstore import ObjectStore, publish_folder
from serving.model_client import ModelClient
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready

SERVING = Path(sys.executable).with_name("serving")
Figures = dict[str, float]


FRESH = 6
"""Versions that aren't on the disk yet when production moves to them."""


def reload_times(folder: Path, version: Path, changes: int) -> dict[str, Figures]:
    """Move production to and fro between two versions that are on the disk, and ask until the new one answers.

    Then move it to versions that must be fetched first.
    """
    volume = folder / "volume"
    volume.mkdir(parents=True)
    with s3_server(folder) as s3:
        store = ObjectStore(s3.settings("bench"))
        store.ensure_bucket()
        for number in range(1, 3 + FRESH):
            publish(store, version, folder / f"version-{number}", number)
        port, rest_port = free_ports(2)
        address = f"127.0.0.1:{port}"
        command = [
            "serve",
            "--port",
            port,
            "--rest_api_port",
            rest_port,
            "--model_config_file",
            volume / "models.config",
        ]
        environment = {
            "ACNEFLOW_BUCKET": "bench",
            "ACNEFLOW_STORE_ENDPOINT": str(s3.settings("bench").store_endpoint),
            "ACNEFLOW_STORE_ACCESS_KEY": "bench",
            "ACNEFLOW_STORE_SECRET_KEY": s3.secret_key,
            "ACNEFLOW_SERVING_VOLUME": str(volume),
            "ACNEFLOW_SERVING_ADDRESS": address,
        }
        with running(command, {}) as server, running(["sync"], environment), ModelClient(address, "acne") as client:
            for number in (1, 2, 1, 2):
                move(store, number)
                wait_for(client, number)
            before_mb = server.memory_info().rss / 1e6
            took_s = []
            for change in range(changes):
                # so that the changes don't keep step with the sidecar's looks
                time.sleep(0.137 * (change % 8))
                began = time.monotonic()
                move(store, change % 2 + 1)
                wait_for(client, change % 2 + 1)
                took_s.append(time.monotonic() - began)
            after_mb = server.memory_info().rss / 1e6
            fetched_s = []
            for number in range(3, 3 + FRESH):
                began = time.monotonic()
                move(store, number)
                wait_for(client, number)
                fetched_s.append(time.monotonic() - began)
    p50, p95 = (round(float(np.percentile(took_s, share)), 3) for share in (50, 95))
    return {
        "seconds": {"p50": p50, "p95": p95, "max": round(max(took_s), 3)},
        "seconds_with_download": {"p50": round(float(np.median(fetched_s)), 3), "max": round(max(fetched_s), 3)},
        "rss_mb": {"before": round(before_mb, 1), "after": round(after_mb, 1)},
    }


@contextmanager
def running(command: list[object], environment: dict[str, str]) -> Iterator[psutil.Process]:
    """One of the `serving` commands."""
    process = subprocess.Popen(
        [str(part) for part in (SERVING, *command)],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def publish(store: ObjectStore, version: Path, folder: Path, number: int) -> None:
    """Publish the benchmark's version under a number of its own."""
    shutil.copytree(version, folder / "saved_model", ignore=shutil.ignore_patterns("model*"))
    for name in (LITERT_FILE, DESCRIPTION_FILE):
        shutil.copy(version / name, folder / name)
    path = folder / DESCRIPTION_FILE
    description = ModelDescription.from_json(path.read_bytes(), origin=str(path)).model_copy(update={"version": number})
    path.write_bytes(description.to_json())

    def manifest(files: tuple[FileEntry, ...]) -> VersionManifest:
        return VersionManifest(name="acne", version=number, created_at=utc_now(), run_id="benchmark", files=files)

    publish_folder(store, keys.version("acne", number), folder, manifest)


def move(store: ObjectStore, version: int) -> None:
    store.put(keys.channels("acne"), Channels(production=version, previous={1: 2}.get(version, version - 1)).to_json())


def wait_for(client: ModelClient, version: int) -> None:
    while True:
        # not there yet, for whatever reason
        with suppress(StepError):
            if client.golden(label="production").version == version:
                return
        time.sleep(0.01)


@contextmanager
def s3_server(folder: Path) -> Iterator[SeaweedFS]:
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    server = SeaweedFS(folder / "s3", port, tuple(internal), access_key="bench", secret_key=uuid.uuid4().hex)
    server.prepare()
    with (folder / "s3.log").open("wb") as log:
        environment = os.environ | {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
        process = subprocess.Popen(server.command(), stdout=log, stderr=log, env=environment)
        try:
            wait_until_ready(ObjectStore(server.settings("readiness")), timeout_s=60)
            yield server
        finally:
            process.kill()
            process.wait()
