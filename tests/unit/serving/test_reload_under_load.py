"""Twenty changes of the production version under constant load: no failed request, and no answer of two minds."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import numpy as np

from imaging import golden_pixels
from objectstore import ObjectStore
from serving.errors import ServingError
from serving.model_client import ModelClient
from support.model_server import running_model_server
from support.sidecar import running_sidecar
from support.tiny_model import move_channels
from support.versions import Versions
from wire import Methods, from_tensor, tensor
from wire import serving_pb2 as pb

CHANGES = 20
CLIENTS = 4
PUBLISHED = 4
"""Versions that the channel goes to and fro between."""


@dataclass
class Tally:
    """What the clients saw."""

    versions: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    mixed: list[int] = field(default_factory=list)


def ask_all_the_time(address: str, golden: dict[int, np.ndarray], tally: Tally, stop: threading.Event) -> None:
    spec = pb.ModelSpec(name="acne", signature_name="pixels", version_label="production")
    request = pb.PredictRequest(model_spec=spec, inputs={"pixels": tensor(golden_pixels())})
    with grpc.insecure_channel(address) as channel:
        predict = Methods.predict.on(channel)
        while not stop.is_set():
            try:
                response = predict(request, timeout=5)
            except grpc.RpcError as error:
                tally.failures.append(f"{error.code()}: {error.details()}")
                continue
            version = response.model_spec.version.value
            tally.versions[version] += 1
            found = np.asarray(from_tensor(response.outputs["probabilities"]))
            if not np.allclose(found, golden[version], atol=1e-4):
                tally.mixed.append(version)


def wait_for(client: ModelClient, version: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if client.golden(label="production").version == version:
                return
        except ServingError:
            pass
        assert time.monotonic() < deadline, f"version {version} didn't come"
        time.sleep(0.02)


def test_versions_change_twenty_times_under_load_without_a_failed_or_mixed_answer(
    store: ObjectStore, store_env: dict[str, str], versions: Versions, tmp_path: Path
) -> None:
    golden = {n: np.array(versions.publish(store, n).golden) for n in range(1, PUBLISHED + 1)}
    move_channels(store, production=1)
    tally, stop = Tally(), threading.Event()
    took_s = []
    with (
        running_model_server(tmp_path) as server,
        running_sidecar(tmp_path, server.address, store_env),
        ModelClient(server.address, "acne") as client,
    ):
        wait_for(client, 1)
        arguments = (server.address, golden, tally, stop)
        clients = [threading.Thread(target=ask_all_the_time, args=arguments) for _ in range(CLIENTS)]
        for thread in clients:
            thread.start()
        for change in range(1, CHANGES + 1):
            target = change % PUBLISHED + 1
            started = time.monotonic()
            move_channels(store, production=target)
            wait_for(client, target)
            took_s.append(time.monotonic() - started)
        stop.set()
        for thread in clients:
            thread.join()
    assert tally.failures == []
    assert tally.mixed == []
    assert set(tally.versions) == set(golden)
    print(
        f"{sum(tally.versions.values())} answers; a change took {np.median(took_s):.2f} s, at most {max(took_s):.2f} s"
    )
