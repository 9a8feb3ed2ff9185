"""The store gone for a long time: what is served goes on, the log says so once, and what changed is caught up with."""

import os
import time
from pathlib import Path

import psutil
import pytest

from contracts import keys
from contracts.models.replica import ReplicaStatus
from objectstore import ObjectStore, read_document
from serving.model_client import ModelClient
from support.gate import Gate
from support.model_server import running_model_server
from support.reloads import asked_all_the_time, wait_for
from support.sidecar import running_sidecar
from support.versions import Versions, move_channels

OUTAGE_S = float(os.environ.get("ACNEFLOW_TEST_OUTAGE_S", "60"))
"""An hour, 3600, has been run by hand; a minute has everything that an hour has, but less of it."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(OUTAGE_S + 300)]


def test_a_store_that_is_gone_for_long_costs_no_answer(
    store: ObjectStore, store_env: dict[str, str], tmp_path: Path
) -> None:
    versions = Versions(tmp_path / "versions")
    described = {n: versions.publish(store, n) for n in (1, 2)}
    move_channels(store, production=1)
    volume = tmp_path / "volume"
    volume.mkdir()
    with (
        Gate(store_env["ACNEFLOW_STORE_ENDPOINT"]) as gate,
        running_model_server(volume) as server,
        running_sidecar(volume, server.address, store_env | {"ACNEFLOW_STORE_ENDPOINT": gate.url}) as sidecar,
        ModelClient(server.address, "acne") as client,
    ):
        wait_for(client, 1)
        before = psutil.Process(sidecar.pid).memory_info().rss
        with asked_all_the_time(server.address, described, clients=1, pause_s=OUTAGE_S / 600) as tally:
            gate.shut()
            move_channels(store, production=2)
            time.sleep(OUTAGE_S)
            assert sidecar.poll() is None
            assert set(tally.versions) == {1}
            after = psutil.Process(sidecar.pid).memory_info().rss
            gate.open()
            opened = time.monotonic()
            wait_for(client, 2)
            caught_up_s = time.monotonic() - opened
        deadline = time.monotonic() + 10
        while read_document(store, keys.replica_status("test"), ReplicaStatus).labels != {"production": 2}:
            assert time.monotonic() < deadline, "the status in the store is behind"
            time.sleep(0.1)
    assert tally.failures == []
    assert tally.mixed == []
    log = (volume / "sync.log").read_text()
    assert log.count("what is served stays as it is until that is over") == 1
    assert log.count("the store can be reached again") == 1
    assert after < before * 1.1
    print(
        f"{OUTAGE_S:.0f} s without a store: {tally.versions[1]} answers, none failed; "
        f"caught up in {caught_up_s:.1f} s; the sidecar: {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after"
    )
