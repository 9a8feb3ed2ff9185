"""The core without HTTP: an answer needs the description of exactly the version that gave it."""

import asyncio
import socket
import uuid

import pytest

from contracts import keys
from contracts.models.traffic import Traffic
from contracts.models.version import DESCRIPTION_FILE
from gateway.drift.summaries import Summaries
from gateway.http.errors import ModelServerAwayError, StoreAwayError, TooSlowError, UnusableVersionError
from gateway.http.metrics import Metrics
from gateway.models.traffic import Router
from gateway.predict.admission import Admission
from gateway.predict.descriptions import Descriptions
from gateway.predict.model_server import ModelServer, Target
from gateway.predict.prediction_id import PredictionIds
from gateway.predict.service import PredictionOptions, PredictionResult, Predictor
from gateway.store.storage import Storage
from gateway.store.watched_document import WatchedDocument
from objectstore import ObjectStore, StoreSettings
from stack.seaweedfs import SeaweedFS, free_ports
from support.gateway import PRODUCTION, Backend
from support.photos import photo

KEY = f"{keys.version('acne', PRODUCTION)}/{DESCRIPTION_FILE}"


async def predict(address: str, store: StoreSettings, *, deadline_s: float = 30) -> PredictionResult:
    metrics = Metrics()
    async with (
        Storage(store) as storage,
        ModelServer(address, "acne") as server,
        Predictor(
            server,
            Descriptions(store, "acne"),
            admission=Admission(2),
            router=Router(WatchedDocument(storage, keys.traffic("acne"), Traffic())),
            ids=PredictionIds("a secret"),
            summaries=Summaries("acne", storage, metrics, enabled=False),
            metrics=metrics,
        ) as predictor,
    ):
        return await predictor.predict(photo(), PredictionOptions(Target(), "a test", deadline_s))


@pytest.mark.parametrize("description", ["missing", "damaged", "of another preprocessing", "of other classes"])
async def test_a_version_that_cant_be_explained_gives_no_answer(
    backend: Backend, s3_server: SeaweedFS, description: str
) -> None:
    settings = s3_server.settings(f"other-{uuid.uuid4().hex[:12]}")
    store = ObjectStore(settings)
    store.ensure_bucket()
    right = backend.versions.describe(PRODUCTION)
    written = {
        "damaged": b"{",
        "of another preprocessing": right.model_copy(update={"preprocessing": "another/1"}).to_json(),
        "of other classes": right.model_copy(update={"classes": right.classes[:2]}).to_json(),
    }
    if description in written:
        store.put(KEY, written[description])
    with pytest.raises(UnusableVersionError, match=f"Version {PRODUCTION}"):
        await predict(backend.server.address, settings)


async def test_a_store_that_is_away_is_said_so(backend: Backend) -> None:
    (port,) = free_ports(1)
    away = backend.store.model_copy(update={"store_endpoint": f"http://127.0.0.1:{port}"})
    with pytest.raises(StoreAwayError):
        await predict(backend.server.address, away)


async def test_a_store_that_hangs_doesnt_outlast_the_deadline(backend: Backend) -> None:
    with socket.create_server(("127.0.0.1", 0)) as never_accepts:
        port = never_accepts.getsockname()[1]
        hangs = backend.store.model_copy(update={"store_endpoint": f"http://127.0.0.1:{port}"})
        with pytest.raises(TooSlowError, match="store"):
            await predict(backend.server.address, hangs, deadline_s=1)


async def test_a_model_server_that_is_away_is_said_so(backend: Backend) -> None:
    (port,) = free_ports(1)
    with pytest.raises(ModelServerAwayError):
        await predict(f"127.0.0.1:{port}", backend.store)


async def test_a_description_is_read_once_whoever_asks(backend: Backend, s3_server: SeaweedFS) -> None:
    settings = s3_server.settings(f"once-{uuid.uuid4().hex[:12]}")
    store = ObjectStore(settings)
    store.ensure_bucket()
    descriptions = Descriptions(settings, "acne")
    with pytest.raises(UnusableVersionError):
        await descriptions.of(PRODUCTION, timeout_s=30)
    store.put(KEY, backend.versions.describe(PRODUCTION).to_json())
    first, second = await asyncio.gather(*[descriptions.of(PRODUCTION, timeout_s=30) for _ in range(2)])
    store.delete(KEY)
    assert first is second is await descriptions.of(PRODUCTION, timeout_s=30)
