"""Two hundred version changes and rollbacks at full load: nothing fails, nothing is mixed, and memory comes back."""

import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from objectstore import ObjectStore
from serving.model_client import ModelClient
from support.model_server import running_model_server
from support.reloads import asked_all_the_time, change_production, wait_for
from support.sidecar import running_sidecar
from support.versions import Versions, move_channels

CHANGES = 200
CLIENTS = 4
WARM_UP = 10
"""Changes before memory is first looked at: the server has then held two versions at once."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return Versions(tmp_path_factory.mktemp("versions"))


def resident_mb(process: psutil.Process) -> float:
    """The median over three seconds: requests come and go, and what is free is given back once a second."""
    looks = []
    for _ in range(30):
        looks.append(process.memory_info().rss / 1e6)
        time.sleep(0.1)
    return float(np.median(looks))


def test_two_hundred_changes_at_full_load(
    store: ObjectStore, store_env: dict[str, str], versions: Versions, tmp_path: Path
) -> None:
    described = {n: versions.publish(store, n) for n in range(1, 5)}
    move_channels(store, production=1)
    with (
        running_model_server(tmp_path) as server,
        running_sidecar(tmp_path, server.address, store_env),
        ModelClient(server.address, "acne") as client,
    ):
        wait_for(client, 1)
        process = psutil.Process(server.process.pid)
        with asked_all_the_time(server.address, described, clients=CLIENTS) as tally:
            change_production(store, client, list(described), WARM_UP)
            before_mb = resident_mb(process)
            took_s = change_production(store, client, list(described), CHANGES)
        after_mb = resident_mb(process)
    assert tally.failures == []
    assert tally.mixed == []
    assert set(tally.versions) == set(described)
    print(
        f"{CHANGES} changes, {sum(tally.versions.values())} answers, none failed, none mixed; "
        f"a change took {np.median(took_s):.2f} s (p95 {np.percentile(took_s, 95):.2f} s); "
        f"memory {before_mb:.0f} MB before, {after_mb:.0f} MB after"
    )
    assert after_mb <= before_mb * 1.1
