"""Summaries of predictions, and the drift that they tell of."""

import asyncio
import io
import json
import subprocess
import sys
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts import keys
from contracts.models.channels import Channels
from contracts.models.drift import ENOUGH, DriftReport, Histogram, Reference
from contracts.models.version import DESCRIPTION_FILE
from contracts.steps import Exit, NothingNewError
from gateway.drift import latest
from gateway.drift.batches import pack_batch, read_batch
from gateway.drift.latest import LatestDrift
from gateway.drift.measure import measure, measure_step
from gateway.drift.summaries import Summaries, Summary
from gateway.http.metrics import Metrics
from gateway.store.storage import Storage
from objectstore import ObjectStore, StoreSettings, read_document
from support.gateway import CANDIDATE, PRODUCTION, Backend, eventually, running_gateway
from support.photos import photo
from support.versions import Versions


def test_a_gateway_that_ends_writes_what_it_still_has(backend: Backend, tmp_path: Path) -> None:
    store = ObjectStore(backend.store)
    before = {entry.key for entry in store.walk(keys.predictions("acne"))}
    with running_gateway(backend.environment, tmp_path / "log", until="/readyz") as gateway:
        for _ in range(3):
            assert httpx.post(f"{gateway.url}/v1/predict", files={"image": photo()}).status_code == 200
    written = [entry.key for entry in store.walk(keys.predictions("acne")) if entry.key not in before]
    rows = [row for key in written for row in read_batch(key, store.get(key).body)]
    assert len(rows) >= 3
    assert {row["version"] for row in rows} >= {PRODUCTION}
    assert all(0 <= row["brightness"] <= 255 and 0 <= row["confidence"] <= 1 for row in rows)


async def test_a_batch_that_is_being_written_at_the_end_is_written_once(
    store: ObjectStore, store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.drift.summaries.FLUSH_ROWS", 10)
    summary = Summary(datetime.now(UTC), 1, "production", "milia", 0.9, "confident", 1.0, 120.0, 20.0)
    async with Storage(store_settings) as storage, Summaries("acne", storage, Metrics()) as batch:
        for _ in range(10):
            batch.add(summary)
        for _ in range(10):  # turns of the event loop, after which they are being written
            await asyncio.sleep(0)
        batch.add(summary)
    written = [entry.key for entry in store.walk(keys.predictions("acne"))]
    assert sorted(len(read_batch(key, store.get(key).body)) for key in written) == [1, 10]


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
    store.put(keys.channels("acne"), Channels().with_production(PRODUCTION, "a test").to_json())
    return store


def summaries(
    store: ObjectStore,
    count: int,
    *,
    brightest: float = 256.0,
    version: int = PRODUCTION,
    day: date = date(2026, 11, 22),
    parquet: bool = False,
) -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            "at": f"{day}T12:00:00+00:00",
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
    key = keys.predictions_of("acne", day, uuid.uuid4().hex)
    if parquet:
        store.put(key.replace(".jsonl.gz", ".parquet"), as_parquet(rows))
    else:
        store.put(key, pack_batch(json.dumps(row).encode() for row in rows))


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    """A batch as version 0.1 wrote it."""
    numbers = {name: pa.float32() for name in ("confidence", "support", "brightness", "total_ms")}
    types = {"at": pa.timestamp("ms", tz="UTC"), "version": pa.int32(), **numbers}
    rows = [{**row, "at": datetime.fromisoformat(row["at"])} for row in rows]
    columns = {name: pa.array([row[name] for row in rows], type=types.get(name, pa.string())) for name in rows[0]}
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="zstd")
    return file.getvalue()


def test_summaries_of_version_0_1_are_still_counted(watched: ObjectStore) -> None:
    summaries(watched, 150, brightest=60.0, parquet=True)
    summaries(watched, 50, version=CANDIDATE, parquet=True)
    summaries(watched, 50, brightest=60.0)
    found = measure(watched, "acne", today=date(2026, 11, 22))
    assert (found.predictions, found.drifted) == (200, True)


def test_the_same_kind_of_pictures_is_no_drift(watched: ObjectStore) -> None:
    summaries(watched, 2000)
    summaries(watched, 500, brightest=10.0, version=CANDIDATE)
    found = measure(watched, "acne", today=date(2026, 11, 22))
    assert (found.version, found.predictions, found.drifted) == (PRODUCTION, 2000, False)
    assert all(value is not None and value < 0.05 for value in found.psi.model_dump().values())
    assert measure(watched, "acne", today=date(2026, 11, 30)).predictions == 0


def test_darker_pictures_are_drift_once_there_are_enough(watched: ObjectStore) -> None:
    summaries(watched, ENOUGH - 1, brightest=60.0)
    few = measure(watched, "acne", today=date(2026, 11, 22))
    assert (few.drifted, few.predictions) == (False, ENOUGH - 1)
    summaries(watched, 10, brightest=60.0)
    many = measure(watched, "acne", today=date(2026, 11, 22))
    assert many.drifted
    assert (many.psi.brightness or 0) > 1
    assert (many.psi.classes or 0) < 0.1


def without_time(report: DriftReport) -> dict[str, Any]:
    return report.model_dump(exclude={"measured_at"})


def test_a_day_that_is_over_is_counted_once(watched: ObjectStore) -> None:
    summaries(watched, 2000)
    summaries(watched, 500, version=CANDIDATE)
    later = date(2026, 11, 24)
    first = measure(watched, "acne", today=later)
    for entry in list(watched.walk(keys.predictions("acne"))):
        if entry.key.endswith(".jsonl.gz"):
            watched.delete(entry.key)
    assert without_time(measure(watched, "acne", today=later)) == without_time(first)
    assert first.predictions == 2000


def test_a_count_that_does_not_fit_is_made_anew(watched: ObjectStore) -> None:
    summaries(watched, 200)
    later = date(2026, 11, 24)
    first = measure(watched, "acne", today=later)
    for body in (b"no JSON", b'{"predictions": 1, "classes": {}, "confidence": [1], "brightness": [1]}'):
        watched.put(keys.predictions_counted("acne", date(2026, 11, 22), PRODUCTION), body)
        assert without_time(measure(watched, "acne", today=later)) == without_time(first)


def another_table() -> bytes:
    table = io.BytesIO()
    pq.write_table(pa.table({"version": [1], "label": ["milia"]}), table)
    return table.getvalue()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("other.jsonl.gz", b""),
        ("other.jsonl.gz", pack_batch([b'{"version": 1}'])[:-9]),
        ("other.jsonl.gz", pack_batch([b'{"version": 1', b"2}"])),
        ("other.jsonl.gz", pack_batch([b'{"version": 1}'])),
        ("other.jsonl.gz", pack_batch([b"[1]"])),
        ("other.parquet", b""),
        ("other.parquet", b"PAR1 and then nothing"),
        ("other.parquet", another_table()),
    ],
    ids=["empty", "cut short", "no JSON", "other fields", "no object", "empty table", "damaged table", "another table"],
)
def test_what_is_no_summary_is_left_out(
    watched: ObjectStore, name: str, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    summaries(watched, 200)
    key = f"{keys.predictions_on('acne', date(2026, 11, 22))}{name}"
    watched.put(key, body)
    assert measure(watched, "acne", today=date(2026, 11, 22)).predictions == 200
    assert f"left out: {key}" in capsys.readouterr().out


async def test_drift_becomes_a_metric_without_anyone_asking(
    watched: ObjectStore, store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(UTC).date()
    summaries(watched, ENOUGH - 1, day=today, brightest=60.0)
    monkeypatch.setattr(latest, "EVERY_S", 0.1)
    metrics = Metrics()
    metrics.psi.labels("0", "classes").set(9)  # of the version before
    measure_step(watched, "acne")
    async with Storage(store_settings) as storage, LatestDrift("acne", storage, metrics) as drift:
        await asyncio.to_thread(eventually, lambda: 'version="0"' not in metrics.page().decode())
        assert "drift_psi{" not in metrics.page().decode(), "too few to judge"
        summaries(watched, 1, day=today)
        measure_step(watched, "acne")
        told = 'drift_psi{of="brightness",version="1"}'
        await asyncio.to_thread(eventually, lambda: told in metrics.page().decode())
        assert (await drift.read()).drifted
        watched.put(keys.channels("acne"), Channels().with_production(CANDIDATE, "a test").to_json())
        await asyncio.to_thread(eventually, lambda: told not in metrics.page().decode())
        assert (await drift.read()).version == CANDIDATE


def test_with_nothing_in_production_there_is_nothing_to_measure(store: ObjectStore) -> None:
    with pytest.raises(NothingNewError) as skipped:
        measure_step(store, "acne")
    assert skipped.value.result == {"model": "acne"}
    assert not list(store.walk(keys.predictions("acne")))


def test_the_command_hands_its_result_to_the_pipeline(
    watched: ObjectStore, store_env: dict[str, str], store_settings: StoreSettings
) -> None:
    command = [str(Path(sys.executable).with_name("gateway")), "drift", "--model", "acne"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1].removeprefix("::result::"))
    nothing = {"confidence": None, "classes": None, "brightness": None}
    assert result == {"model": "acne", "version": 1, "predictions": 0, "psi": nothing, "drifted": False}
    written = read_document(watched, keys.drift("acne"), DriftReport)
    assert written.model_dump(mode="json", include=set(result)) == result
    assert written.measured_at is not None
    nobody = subprocess.run([*command[:-1], "nothing"], capture_output=True, text=True, check=False)
    assert nobody.returncode == Exit.NOTHING_NEW, "the hourly run of a stack without a model is skipped, not failed"


def test_the_drift_is_told_over_rest(watched: ObjectStore, backend: Backend, tmp_path: Path) -> None:
    environment = {**backend.environment, "ACNEFLOW_BUCKET": watched.bucket}
    with running_gateway(environment, tmp_path / "log") as gateway:

        def told() -> dict[str, Any]:
            answer = httpx.get(f"{gateway.url}/v1/models/acne/drift", timeout=60)
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        before = told()
        assert (before["version"], before["predictions"], before["measured_at"]) == (PRODUCTION, 0, None)
        summaries(watched, 200, day=datetime.now(UTC).date())
        measure_step(watched, "acne")
        after = told()
        assert (after["version"], after["predictions"]) == (PRODUCTION, 200)
        assert after["measured_at"] is not None
