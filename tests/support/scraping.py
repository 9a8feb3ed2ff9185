"""The `scraper` command as a process of its own, and what it left behind."""

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from contracts import keys
from contracts.snapshot import SnapshotManifest
from contracts.steps import RESULT_PREFIX
from objectstore import ObjectStore, StoreSettings, load_document
from stack.seaweedfs import free_ports


def store_environment(settings: StoreSettings, cache: Path) -> dict[str, str]:
    """By which a command finds a store, and where it keeps the scrape under way."""
    return {
        "ACNEFLOW_BUCKET": settings.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(settings.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
        "ACNEFLOW_CACHE": str(cache),
    }


async def started(*arguments: str, environment: dict[str, str]) -> Process:
    """`scraper run` with these arguments."""
    command = Path(sys.executable).with_name("scraper")
    return await asyncio.create_subprocess_exec(
        command, "run", *arguments, env=os.environ | environment, stdout=PIPE, stderr=PIPE
    )


def result_of(out: bytes) -> dict[str, object]:
    """The result that a step printed last."""
    last = out.decode().splitlines()[-1]
    assert last.startswith(RESULT_PREFIX), last
    result = json.loads(last.removeprefix(RESULT_PREFIX))
    assert isinstance(result, dict)
    return result


def snapshot(store: ObjectStore, result: dict[str, object]) -> SnapshotManifest:
    """The snapshot that a result names; every image of it is in the store."""
    manifest = load_document(store, str(result["snapshot"]), SnapshotManifest)
    missing = {image.key for image in manifest.images} - {info.key for info in store.walk(keys.images())}
    assert not missing, f"not in the store: {missing}"
    return manifest


def timeless(manifest: SnapshotManifest) -> dict[str, object]:
    """A snapshot without the times at which it was made."""
    seen = manifest.model_dump(mode="json", exclude={"created_at"})
    for image in seen["images"]:
        del image["fetched_at"]
    return seen


def peak_rss_mb(pid: int) -> float:
    """The most memory that a process has had so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


@contextmanager
def sample_site(*, cases_per_class: int, seed: int = 5) -> Iterator[str]:
    """The sample site as a process of its own."""
    (port,) = free_ports(1)
    command = [Path(sys.executable).with_name("sample-site"), "--port", port, "--seed", seed]
    options = ["--cases-per-class", cases_per_class, "--slow-page-s", 0.2]
    process = Popen([str(part) for part in (*command, *options)], stdout=-1, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("synthetic atlas")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()
