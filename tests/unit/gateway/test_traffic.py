"""Candidate traffic and what is told of it: shares set while everything runs, metrics, summaries and drift."""

import io
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest

from contracts import keys
from contracts.channels import Channels
from contracts.drift import Histogram, Reference
from contracts.model import DESCRIPTION_FILE
from gateway.drift import ENOUGH, measure
from gateway.summary_file import to_parquet
from gateway.traffic import falls_into
from objectstore import ObjectStore, StoreSettings
from support.gateway import ADMIN_KEY, CANDIDATE, PRODUCTION, Backend, Gateway, running_gateway
from support.photos import photo
from support.versions import Versions

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}


@pytest.fixture(scope="module")
def own(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose metrics nobody else moves."""
    environment = {**backend.environment, "ACNEFLOW_ADMIN_KEY": ADMIN_KEY}
    log: Path = tmp_path_factory.mktemp("own") / "log"
    with running_gateway(environment, log, until="/readyz") as gateway:
        yield gateway


def set_traffic(url: str, mode: str, share: float) -> None:
    answer = httpx.put(f"{url}/v1/models/acne/traffic", json={"mode": mode, "share": share}, headers=ADMIN)
    assert answer.status_code == 200, answer.text
    assert httpx.get(f"{url}/v1/models/acne/traffic", headers=ADMIN).json() == {"mode": mode, "share": share}


def versions_of(url: str, photos: list[bytes]) -> list[int]:
    with httpx.Client(base_url=url, timeout=30) as http:
        return [http.post("/v1/predict", files={"image": data}).json()["model"]["version"] for data in photos]


def metric(url: str, start: str) -> float:
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))


def eventually(check: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < deadline, "it didn't happen in time"
        time.sleep(0.05)


def test_a_share_of_the_photos_meets_the_candidate_always_the_same(own: Gateway) -> None:
    photos = [photo((number * 5, 80, 120)) for number in range(24)]
    try:
        set_traffic(own.url, "split", 0.5)
        first = versions_of(own.url, photos)
        assert set(first) == {PRODUCTION, CANDIDATE}
        assert versions_of(own.url, photos) == first
        asked = httpx.post(f"{own.url}/v1/predict?channel=production", files={"image": photos[first.index(CANDIDATE)]})
        assert asked.json()["model"]["version"] == PRODUCTION
        set_traffic(own.url, "split", 1.0)
        assert set(versions_of(own.url, photos)) == {CANDIDATE}
    finally:
        set_traffic(own.url, "off", 0.0)
    assert set(versions_of(own.url, photos)) == {PRODUCTION}


def test_in_the_shadow_production_answers_and_disagreement_is_counted(own: Gateway) -> None:
    try:
        set_traffic(own.url, "shadow", 1.0)
        photos = [photo((number * 20, 80, 120)) for number in range(6)]
        assert set(versions_of(own.url, photos)) == {PRODUCTION}
        eventually(lambda: metric(own.url, "acneflow_gateway_shadow_total") == 6)
    finally:
        set_traffic(own.url, "off", 0.0)


def test_rules_that_arent_any_are_refused(own: Gateway) -> None:
    url = f"{own.url}/v1/models/acne/traffic"
    assert httpx.put(url, json={"mode": "split", "share": 1.5}, headers=ADMIN).status_code == 422
    assert httpx.put(url, json={"mode": "split", "share": 0.5}).status_code == 401
    assert httpx.get(f"{own.url}/v1/models/nothing/traffic", headers=ADMIN).status_code == 404


def test_a_larger_share_holds_every_smaller_one() -> None:
    digests = [f"{number * 2654435761 % 2**32:08x}" for number in range(2000)]
    small = {digest for digest in digests if falls_into(digest, 0.1)}
    assert 0.05 < len(small) / len(digests) < 0.15
    assert small <= {digest for digest in digests if falls_into(digest, 0.2)}
    assert not any(falls_into(digest, 0.0) for digest in digests)
    assert all(falls_into(digest, 1.0) for digest in digests)


def test_the_metrics_tell_of_stages_decisions_and_refusals(own: Gateway) -> None:
    httpx.post(f"{own.url}/v1/predict", files={"image": photo()})
    httpx.post(f"{own.url}/v1/predict", files={"image": b"no photo"})
    for stage in ("upload", "queue", "decode", "model", "total"):
        assert metric(own.url, f'acneflow_gateway_stage_seconds_count{{stage="{stage}"}}') > 0
    assert metric(own.url, "acneflow_gateway_predictions_total{") > 0
    assert metric(own.url, "acneflow_gateway_confidence_count{") > 0
    assert metric(own.url, 'acneflow_gateway_refusals_total{reason="unsupported_format"}') >= 1
    assert metric(own.url, 'acneflow_gateway_http_answers_total{route="/v1/predict",status="200"}') > 0
    assert metric(own.url, "acneflow_gateway_in_flight") == 0


def test_a_gateway_that_ends_writes_what_it_still_has(backend: Backend, tmp_path: Path) -> None:
    store = ObjectStore(backend.store)
    before = {entry.key for entry in store.walk(keys.predictions("acne"))}
    with running_gateway(backend.environment, tmp_path / "log", until="/readyz") as gateway:
        for _ in range(3):
            assert httpx.post(f"{gateway.url}/v1/predict", files={"image": photo()}).status_code == 200
    written = [entry.key for entry in store.walk(keys.predictions("acne")) if entry.key not in before]
    rows = [row for key in written for row in pq.read_table(io.BytesIO(store.get(key).body)).to_pylist()]
    assert len(rows) >= 3
    assert {row["version"] for row in rows} >= {PRODUCTION}
    assert all(0 <= row["brightness"] <= 255 and 0 <= row["confidence"] <= 1 for row in rows)


@pytest.fixture
def watched(store: ObjectStore, versions: Versions) -> ObjectStore:
    """A store in which version 1 is in production and knows how it answered on its validation images."""
    flat = Histogram(edges=(0.0, 64.0, 128.0, 192.0, 256.0), shares=(0.25,) * 4)
    confidence = Histogram(edges=(0.0, 0.25, 0.5, 0.75, 1.0), shares=(0.25,) * 4)
    reference = Reference(
        images=100, confidence=confidence, support=confidence, brightness=flat, classes={"milia": 0.5, "rosacea": 0.5}
    )
    description = versions.describe(PRODUCTION).model_copy(update={"reference": reference})
    store.put(f"{keys.version('acne', PRODUCTION)}/{DESCRIPTION_FILE}", description.to_json())
    store.put(keys.channels("acne"), Channels().promoted(PRODUCTION, "a test").to_json())
    return store


def summaries(store: ObjectStore, count: int, *, brightest: float = 256.0, version: int = PRODUCTION) -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            "at": "2026-11-22T12:00:00+00:00",
            "version": version,
            "channel": "production",
            "label": ("milia", "rosacea")[number % 2],
            "confidence": float(rng.random()),
            "decision": "confident",
            "support": 1.0,
            "brightness": float(rng.random() * brightest),
            "total_ms": 20.0,
        }
        for number in range(count)
    ]
    body = to_parquet([json.dumps(row) for row in rows])
    store.put(keys.predictions_of("acne", date(2026, 11, 22), uuid.uuid4().hex), body)


def test_the_same_kind_of_pictures_is_no_drift(watched: ObjectStore) -> None:
    summaries(watched, 2000)
    summaries(watched, 500, brightest=10.0, version=CANDIDATE)
    found = measure(watched, "acne", today=date(2026, 11, 22))
    assert (found.version, found.predictions, found.drifted) == (PRODUCTION, 2000, False)
    assert all(value is not None and value < 0.05 for value in found.psi.values())
    assert measure(watched, "acne", today=date(2026, 11, 30)).predictions == 0


def test_darker_pictures_are_drift_once_there_are_enough(watched: ObjectStore) -> None:
    summaries(watched, ENOUGH - 1, brightest=60.0)
    few = measure(watched, "acne", today=date(2026, 11, 22))
    assert (few.drifted, few.predictions) == (False, ENOUGH - 1)
    summaries(watched, 10, brightest=60.0)
    many = measure(watched, "acne", today=date(2026, 11, 22))
    assert many.drifted
    assert (many.psi["brightness"] or 0) > 1
    assert (many.psi["classes"] or 0) < 0.1


def test_the_command_hands_its_result_to_the_pipeline(
    watched: ObjectStore, store_env: dict[str, str], store_settings: StoreSettings
) -> None:
    command = [str(Path(sys.executable).with_name("gateway")), "drift", "--model", "acne"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1].removeprefix("::result::"))
    nothing = {"confidence": None, "classes": None, "brightness": None}
    assert result == {"model": "acne", "version": 1, "predictions": 0, "psi": nothing, "drifted": False}
    nobody = subprocess.run([*command[:-1], "nothing"], capture_output=True, text=True, check=False)
    assert nobody.returncode == 2


def test_the_drift_is_told_over_rest(watched: ObjectStore, backend: Backend, tmp_path: Path) -> None:
    environment = {**backend.environment, "ACNEFLOW_BUCKET": watched.bucket}
    with running_gateway(environment, tmp_path / "log") as gateway:
        answer = httpx.get(f"{gateway.url}/v1/models/acne/drift", timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == PRODUCTION
