"""The sidecar killed twenty times at random moments of a change: never a half version, never production gone."""

import hashlib
import random
import time
from pathlib import Path

import pytest

from contracts.models.version import SAVED_MODEL_FOLDER, VersionManifest
from objectstore import ObjectStore
from serving.model_client import ModelClient
from support.model_server import running_model_server
from support.reloads import asked_all_the_time, wait_for
from support.sidecar import running_sidecar
from support.versions import Versions, move_channels

KILLS = 20
LONGEST_S = 2.5
"""A sidecar is up after about a second, and through with a change after two."""

DOWNLOAD_S = 0.05
"""A download of so small a version takes a tenth of a second; every second kill falls into one."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return Versions(tmp_path_factory.mktemp("versions"))


def wait_for_download(volume: Path) -> None:
    deadline = time.monotonic() + 20
    while not any(volume.glob(".tmp-*")):
        assert time.monotonic() < deadline, "no download began"
        time.sleep(0.001)


def assert_whole(folder: Path) -> None:
    manifest = VersionManifest.from_json((folder / "manifest.json").read_bytes(), origin=str(folder))
    for entry in manifest.files:
        data = (folder / entry.path.removeprefix(f"{SAVED_MODEL_FOLDER}/")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry.sha256, entry.path


def test_a_sidecar_killed_twenty_times_leaves_nothing_half_done(
    store: ObjectStore, store_env: dict[str, str], versions: Versions, tmp_path: Path
) -> None:
    rng = random.Random(0)
    described = {n: versions.publish(store, n) for n in range(1, KILLS + 2)}
    move_channels(store, production=1)
    volume = tmp_path / "acne"
    with running_model_server(tmp_path) as server, ModelClient(server.address, "acne") as client:
        with running_sidecar(tmp_path, server.address, store_env):
            wait_for(client, 1)
        seen_partial = 0
        with asked_all_the_time(server.address, described, clients=1) as tally:
            for number in range(2, KILLS + 2):
                move_channels(store, production=number)
                with running_sidecar(tmp_path, server.address, store_env) as sidecar:
                    if number % 2:
                        time.sleep(rng.uniform(0.3, LONGEST_S))
                    else:
                        wait_for_download(volume)
                        time.sleep(rng.uniform(0, DOWNLOAD_S))
                    sidecar.kill()
                    sidecar.wait()
                seen_partial += any(volume.glob(".tmp-*"))
                for folder in volume.iterdir():
                    if folder.name.isdecimal():
                        assert_whole(folder)
            with running_sidecar(tmp_path, server.address, store_env):
                wait_for(client, KILLS + 1)
                deadline = time.monotonic() + 20
                while {path.name for path in volume.iterdir()} != {str(KILLS), str(KILLS + 1)}:
                    assert time.monotonic() < deadline, f"left behind: {sorted(path.name for path in volume.iterdir())}"
                    time.sleep(0.1)
    assert tally.failures == []
    assert tally.mixed == []
    assert seen_partial > 0
    print(f"{KILLS} kills, {seen_partial} in a download; {sum(tally.versions.values())} answers, none failed")
