"""Clients that never stop asking while the production version changes, and what they saw."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
import numpy as np

from contracts.models.version import ModelDescription
from imaging import golden_pixels
from objectstore import ObjectStore
from serving.errors import ServingError
from serving.model_client import ModelClient
from support.versions import move_channels
from wire import Methods, bytes_tensor, from_tensor, tensor
from wire import serving_pb2 as pb


@dataclass
class Tally:
    """What the clients saw."""

    versions: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    mixed: list[int] = field(default_factory=list)


def ask_all_the_time(
    address: str, versions: Mapping[int, ModelDescription], tally: Tally, stop: threading.Event, pause_s: float
) -> None:
    spec = pb.ModelSpec(name="acne", signature_name="pixels", version_label="production")
    request = pb.PredictRequest(model_spec=spec, inputs={"pixels": tensor(golden_pixels())})
    with grpc.insecure_channel(address) as channel:
        predict = Methods.predict.on(channel)
        while not stop.wait(pause_s):
            try:
                response = predict(request, timeout=5)
            except grpc.RpcError as error:
                tally.failures.append(f"{error.code()}: {error.details()}")
                continue
            version = response.model_spec.version.value
            tally.versions[version] += 1
            found = np.asarray(from_tensor(response.outputs["probabilities"]))
            labels = [label.decode() for label in bytes_tensor(response.outputs["classes"])]
            expected = versions[version]
            if labels != [c.name for c in expected.classes] or not np.allclose(found, expected.golden, atol=1e-4):
                tally.mixed.append(version)


def wait_for(client: ModelClient, version: int) -> None:
    while True:
        try:
            if client.golden(label="production").version == version:
                return
        except ServingError:
            pass
        time.sleep(0.02)


@contextmanager
def asked_all_the_time(
    address: str, versions: Mapping[int, ModelDescription], *, clients: int, pause_s: float = 0.0
) -> Iterator[Tally]:
    """Keep `clients` threads asking production for the golden pictures; `versions` say what each must answer."""
    tally, stop = Tally(), threading.Event()
    threads = [
        threading.Thread(target=ask_all_the_time, args=(address, versions, tally, stop, pause_s))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield tally
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def change_production(store: ObjectStore, client: ModelClient, versions: Sequence[int], changes: int) -> list[float]:
    """Move production through `versions` again and again; returns how many seconds each change took to be answered."""
    took_s = []
    for change in range(1, changes + 1):
        target = versions[change % len(versions)]
        started = time.monotonic()
        move_channels(store, production=target)
        wait_for(client, target)
        took_s.append(time.monotonic() - started)
    return took_s
