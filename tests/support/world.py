"""A gateway with everything behind it: a model, a dataset, a run, a correction, Airflow, and a process manager.

For those who go through the whole API. Airflow is the stand-in; its processes, as supervisord knows them, only sleep.
"""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from contracts import keys
from contracts.dataset import (
    REPORT_FILE,
    REPORT_PAGE_FILE,
    DatasetManifest,
    DatasetReport,
    Split,
)
from contracts.manifest import utc_now
from contracts.models.replica import ReplicaStatus
from gateway.airflow.starter import PROGRAMS
from gateway.predict.prediction_id import PredictionIds, pixels_digest
from imaging import read_pixels
from objectstore import ObjectStore
from stack import preflight
from stack.manager import ProcessManager, Program
from stack.preflight import STATE_VARIABLE
from support.airflow_stand_in import TASKS, AirflowStandIn, running_airflow_stand_in
from support.described import describe
from support.gateway import ADMIN_KEY, Backend, Gateway, running_gateway
from support.judgement import judge
from support.photos import photo
from support.versions import move_channels

SECRET = "a-secret-of-these-tests"
ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}


@dataclass(frozen=True)
class World:
    """What there is to ask about."""

    gateway: Gateway
    store: ObjectStore
    airflow: AirflowStandIn
    run_id: str
    """Of a run that ended well."""
    feedback_id: str
    """Of a correction with a photo that nobody has decided about."""
    image_sha256: str

    def prediction_id(self) -> str:
        """Of a prediction for `photo()` that nobody has corrected yet."""
        return PredictionIds(SECRET).issue(
            model="acne",
            version=1,
            label="milia",
            digest=pixels_digest(read_pixels(photo())),
            at=datetime.now(UTC),
        )


@contextmanager
def running_world(backend: Backend, folder: Path) -> Iterator[World]:
    """Versions 1 (in production) and 2 (an accepted candidate), and all that follows from them."""
    store = ObjectStore(backend.store)
    for number, against in ((1, None), (2, 1)):
        judge(store, backend.versions.publish(store, number), against=against)
    move_channels(store, production=1)
    move_channels(store, candidate=2)
    sha256 = _publish_dataset(store)
    status = ReplicaStatus(replica="test", model="acne", at=utc_now(), on_disk=(1, 2), labels={}, quarantined=())
    store.put(keys.replica_status("test"), status.to_json())
    with running_airflow_stand_in() as airflow, _supervised(folder / "state") as manager:
        environment = {
            **backend.environment,
            **airflow.environment,
            "ACNEFLOW_ADMIN_KEY": ADMIN_KEY,
            "ACNEFLOW_GATEWAY_SECRET": SECRET,
            "ACNEFLOW_SUPERVISOR_SOCKET": str(manager.socket),
        }
        with running_gateway(environment, folder / "log", until="/readyz") as gateway:
            run_id = _finish_a_run(gateway, airflow)
            world = World(gateway, store, airflow, run_id, "", sha256)
            yield World(gateway, store, airflow, run_id, _correct(world), sha256)


def _publish_dataset(store: ObjectStore) -> str:
    description = describe(1)
    data = photo()
    sha256 = hashlib.sha256(data).hexdigest()
    store.put(keys.image(sha256, "jpg"), data)
    folder = keys.dataset(description.dataset_id)
    counts = {entry.name: dict.fromkeys(Split, 1) for entry in description.classes}
    report = DatasetReport(
        dataset_id=description.dataset_id,
        images=3 * len(counts),
        groups=3 * len(counts),
        largest_group=1,
        counts=counts,
        groups_by_split=dict.fromkeys(Split, len(counts)),
        dropped_classes={},
        excluded={},
        skin_tones={"unknown": 3 * len(counts)},
    )
    store.put(f"{folder}/{REPORT_FILE}", report.to_json())
    store.put(f"{folder}/{REPORT_PAGE_FILE}", b"<!doctype html><h1>Dataset</h1>")
    manifest = DatasetManifest(
        dataset_id=description.dataset_id,
        created_at=utc_now(),
        snapshots=(),
        synthetic=True,
        notice=description.notice,
        seed=0,
        classes=description.classes,
        counts=counts,
        dropped_classes={},
        excluded=(),
        files=(),
    )
    store.put(keys.manifest(folder), manifest.to_json())
    return sha256


def _finish_a_run(gateway: Gateway, airflow: AirflowStandIn) -> str:
    started = httpx.post(f"{gateway.url}/v1/pipeline/runs", json={}, headers=ADMIN)
    run_id = str(started.json()["id"])
    for task in TASKS:
        airflow.end(run_id, task, "success", {"promoted": True, "version": 1} if task == "promote" else None)
        airflow.log(run_id, task, "working", "done")
    airflow.runs[run_id] |= {"state": "success"}
    return run_id


def _correct(world: World) -> str:
    fields = {"prediction_id": world.prediction_id(), "label": "rosacea", "consent": "true"}
    answer = httpx.post(f"{world.gateway.url}/v1/feedback", data=fields, files={"image": ("a.jpg", photo())})
    return str(answer.json()["feedback_id"])


@contextmanager
def _supervised(state: Path) -> Iterator[ProcessManager]:
    manager = ProcessManager(state)
    sleeper = [sys.executable, "-c", "import time; time.sleep(3600)"]
    manager.start([Program(name, sleeper, Path("/"), {STATE_VARIABLE: str(state)}) for name in PROGRAMS])
    try:
        yield manager
    finally:
        manager.stop()
        preflight.end(preflight.leftovers(state))
