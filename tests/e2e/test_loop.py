"""The whole loop for real: scrape, prepare, train, evaluate, promote, verify, serve, predict.

The tests run in this order on one stack; test_runs.py goes on with it, and test_shutdown.py takes it down.
"""

import hashlib
import io
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest

from acneflow_client import Client, RunRequest
from contracts import keys
from contracts.dataset import DatasetManifest, Split
from contracts.models.version import SAVED_MODEL_FOLDER, ModelDescription, VersionManifest
from contracts.run import Evaluation
from imaging import read_pixels
from inference import LiteRtModel
from objectstore import ObjectStore, read_document
from stack.manager import ProcessManager
from stack.production import held_out_images, production_model
from support.embedded_stack import Demo

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

REQUESTS_PER_S = 10


def _model(demo: Demo) -> ModelDescription:
    model = production_model(demo.stack.store, "acne")
    assert model is not None
    return model


def _test_images(store: ObjectStore, model: ModelDescription) -> list[tuple[str, bytes]]:
    table = pq.read_table(io.BytesIO(store.get(f"{keys.dataset(model.dataset_id)}/items.parquet").body)).to_pylist()
    return [(row["label"], store.get(row["key"]).body) for row in table if row["split"] == Split.TEST]


def _download_version(store: ObjectStore, number: int, folder: Path) -> Path:
    prefix = keys.version("acne", number)
    for entry in read_document(store, keys.manifest(prefix), VersionManifest).files:
        store.download(f"{prefix}/{entry.path}", folder / entry.path, sha256=entry.sha256, size=entry.size)
    return folder


def test_a_first_demo_predicts_three_times_with_the_version_it_published(demo: Demo) -> None:
    assert "Predictions by version 1" in demo.output
    assert demo.output.count("the model says:") == 3
    for task in ("scrape", "prepare", "train", "evaluate", "promote", "verify"):
        assert f"  {task:<9} success" in demo.output
    settings = demo.stack.settings
    for address in (settings.page_url, f"{settings.gateway_url}/docs", settings.airflow_url):
        assert address in demo.output
    assert "synthetic" in demo.output
    assert "not a diagnosis" in demo.output
    assert settings.airflow_password.get_secret_value() not in demo.output


def test_the_first_model_beats_080_macro_f1_on_held_out_groups(demo: Demo) -> None:
    model = _model(demo)
    assert model.metrics.macro_f1.value > 0.80
    assert model.synthetic
    assert len(model.classes) >= 9
    dataset = read_document(demo.stack.store, keys.manifest(keys.dataset(model.dataset_id)), DatasetManifest)
    table = pq.read_table(
        io.BytesIO(demo.stack.store.get(f"{keys.dataset(model.dataset_id)}/items.parquet").body)
    ).to_pylist()
    splits_of_groups: dict[str, set[str]] = {}
    for row in table:
        splits_of_groups.setdefault(row["group"], set()).add(row["split"])
    assert all(len(splits) == 1 for splits in splits_of_groups.values()), "no group crosses a split"
    assert dataset.synthetic
    assert sum(sum(splits.values()) for splits in dataset.counts.values()) == len(table)


def test_the_official_client_gets_what_the_gateway_gives(demo: Demo) -> None:
    import grpc
    from tensorflow import make_ndarray, make_tensor_proto
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    model = _model(demo)
    names = [label.name for label in model.classes]
    (image, *_) = held_out_images(demo.stack.store, model, 1)
    with demo.stack.client() as client:
        answer = client.predict(image.data, top_k=len(names))
    by_gateway = {ranked.label: ranked.confidence for ranked in answer.top_k}
    with grpc.insecure_channel(demo.stack.settings.serving_address) as channel:
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "acne"
        request.model_spec.version_label = "production"
        request.inputs["image_bytes"].CopyFrom(make_tensor_proto([image.data]))
        reply = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=20)
    assert reply.model_spec.version.value == model.version
    assert [name.decode() for name in make_ndarray(reply.outputs["classes"])] == names
    (by_client,) = make_ndarray(reply.outputs["probabilities"])
    assert np.abs(by_client - np.array([by_gateway[name] for name in names])).max() < 1e-3


def test_the_saved_model_agrees_with_the_litert_file_over_the_test_set(demo: Demo, tmp_path: Path) -> None:
    import tensorflow as tf

    model = _model(demo)
    images = _test_images(demo.stack.store, model)
    assert len(images) > 100
    pixels = np.stack([read_pixels(data) for _, data in images])
    folder = _download_version(demo.stack.store, model.version, tmp_path)
    with LiteRtModel(folder) as litert:
        by_litert = litert.predict(pixels).probabilities
    loaded = tf.saved_model.load(str(folder / SAVED_MODEL_FOLDER))
    by_tensorflow = np.concatenate(
        [
            loaded.signatures["pixels"](pixels=tf.constant(pixels[start : start + 32]))["probabilities"].numpy()
            for start in range(0, len(pixels), 32)
        ]
    )
    assert np.abs(by_litert - by_tensorflow).max() <= 0.02
    names = [label.name for label in model.classes]
    right = [names[int(row.argmax())] == label for row, (label, _) in zip(by_litert, images, strict=True)]
    assert abs(np.mean(right) - model.metrics.accuracy.value) < 1e-6, "the metrics are of this file"


def test_a_second_demo_is_quick_and_says_what_it_skipped(demo: Demo) -> None:
    began = time.monotonic()
    outcome = demo.stack.run("demo")
    assert outcome.returncode == 0, outcome.stdout
    assert "skipped: the stack is already running" in outcome.stdout
    assert "skipped: version 1 is in production" in outcome.stdout
    assert outcome.stdout.count("the model says:") == 3
    assert time.monotonic() - began < 60


def test_an_unchanged_source_ends_with_nothing_new(demo: Demo) -> None:
    with demo.stack.client() as client:
        run = client.wait(client.start_run(RunRequest()).id, timeout_s=300)
    states = {task.id: task.state for task in run.tasks}
    assert run.state == "success"
    assert states["scrape"] == "success"
    assert states["train"] == "skipped"
    assert states["promote"] == states["verify"] == "skipped"
    assert _model(demo).version == 1


class _Traffic(threading.Thread):
    """Asks the gateway ten times a second and remembers every answer, until it is stopped."""

    def __init__(self, client: Client, image: bytes) -> None:
        super().__init__(daemon=True)
        self.client, self.image = client, image
        self.versions: list[int] = []
        self.failures: list[str] = []
        self._ended = threading.Event()

    def run(self) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            try:
                self.versions.append(self.client.predict(self.image).model.version)
            except Exception as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            due += 1 / REQUESTS_PER_S
            time.sleep(max(0.0, due - time.monotonic()))

    def end(self) -> None:
        self._ended.set()
        self.join()


def test_a_second_run_under_traffic_changes_the_version_once_and_fails_no_request(demo: Demo) -> None:
    (image, *_) = held_out_images(demo.stack.store, _model(demo), 1)
    with demo.stack.client() as client, demo.stack.client() as admin:
        traffic = _Traffic(client, image.data)
        began = time.monotonic()
        traffic.start()
        run = admin.wait(admin.start_run(RunRequest(force=True)).id, timeout_s=600)
        time.sleep(3)
        traffic.end()
        seconds = time.monotonic() - began
    assert run.state == "success"
    results = {task.id: task.result for task in run.tasks}
    assert traffic.failures == []
    assert len(traffic.versions) >= 0.95 * REQUESTS_PER_S * seconds, "the rate was kept up"
    changes = sum(before != after for before, after in zip(traffic.versions, traffic.versions[1:], strict=False))
    assert changes == 1, (Counter(traffic.versions), results)
    assert (traffic.versions[0], traffic.versions[-1]) == (1, 2), results


def test_every_check_of_the_gate_is_written_down(demo: Demo) -> None:
    evaluation = read_document(demo.stack.store, f"{keys.run(_model(demo).run_id)}/evaluation.json", Evaluation)
    assert evaluation.accepted
    assert evaluation.production_version == 1
    assert evaluation.checks
    assert all(check.passed and check.message for check in evaluation.checks)


def test_no_secret_stands_in_any_log(demo: Demo) -> None:
    settings = demo.stack.settings
    secrets = [settings.store_secret_key, settings.admin_key, settings.airflow_password, settings.airflow_secret]
    logs = [p for folder in ("logs", "airflow/logs") for p in (settings.state / folder).rglob("*.log")]
    assert logs
    told = [
        str(path)
        for path in logs
        for secret in secrets
        if secret.get_secret_value() in path.read_text(errors="replace")
    ]
    assert told == []


def test_no_photo_is_kept_outside_the_store(demo: Demo) -> None:
    (image, *_) = held_out_images(demo.stack.store, _model(demo), 1)
    state = demo.stack.settings.state
    kept = [
        str(path)
        for path in state.rglob("*")
        if path.is_file()
        and path.stat().st_size == len(image.data)
        and hashlib.sha256(path.read_bytes()).hexdigest() == image.sha256
    ]
    assert kept == []


def test_a_killed_service_comes_back_and_status_names_it(demo: Demo) -> None:
    manager = ProcessManager(demo.stack.settings.state)
    gateway = manager.state_of("gateway")
    assert gateway is not None
    assert gateway.pid is not None
    os.kill(gateway.pid, signal.SIGKILL)
    with demo.stack.client() as client:
        deadline = time.monotonic() + 30
        while not client.ready() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert client.ready()
    status = demo.stack.run("status").stdout
    (line,) = [line for line in status.splitlines() if line.startswith("gateway")]
    assert "SIGKILL" in line
    assert "version 2" in status


def test_the_page_is_there(demo: Demo) -> None:
    page = httpx.get(demo.stack.settings.page_url)
    assert page.status_code == 200
    assert "streamlit" in page.text.lower()
