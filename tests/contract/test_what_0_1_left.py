"""A store, a `.env` file and clients of version 0.1 still work: nothing that was published has to be made again."""

import json
import subprocess
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts import keys
from contracts.models.channels import Channels
from contracts.steps import RESULT_PREFIX
from gateway.drift.measure import measure
from objectstore import ObjectStore, StoreSettings, read_document
from stack.seaweedfs import SeaweedFS
from stack.settings import Installation, read_settings
from support.drawn_source import COLOURS, drawn
from support.gateway import ADMIN_KEY, control_environment, running_gateway
from support.model_server import running_model_server
from support.openapi import missing_from
from support.processes import command_environment, console
from support.sidecar import running_sidecar

LEFT = Path(__file__).parents[1] / "fixtures" / "store_0_1"
API_KEY = "acn_2d1d99c455ef_N9RJ_EyU860Bsa5zsSz0GLZuQ6gTVLZYad1HwxQeYIk"
"""Opens nothing but the store in the fixture."""
SNAPSHOT = "sources/folder/snapshots/20261129T221403Z/manifest.json"
DAY = date(2026, 11, 29)
"""On which it was made."""
IN_PRODUCTION, CANDIDATE = 2, 3


@pytest.fixture(scope="module")
def settings(s3_server: SeaweedFS) -> StoreSettings:
    """A bucket of this module's own that holds what 0.1 left."""
    settings = s3_server.settings(f"left-{uuid.uuid4().hex[:12]}")
    store = ObjectStore(settings)
    store.ensure_bucket()
    with tarfile.open(LEFT / "store.tar.gz") as objects:
        for entry in objects:
            body = objects.extractfile(entry)
            assert body is not None
            store.put(entry.name, body.read())
    return settings


@pytest.fixture(scope="module")
def gateway(settings: StoreSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A gateway over it that lets nobody in without a key."""
    environment = {**control_environment(settings), "ACNEFLOW_GATEWAY_PREDICT_ACCESS": "key"}
    with (
        running_gateway(environment, tmp_path_factory.mktemp("gateway") / "log") as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as http,
    ):
        yield http


def left(name: str) -> Any:
    return json.loads((LEFT / name).read_text())


def missing(before: Any, now: Any, where: str = "") -> list[str]:
    """What stood in an answer and doesn't any more."""
    if isinstance(before, Mapping):
        gone = [f"{where}.{name}" for name in before if not isinstance(now, Mapping) or name not in now]
        return gone or [each for name in before for each in missing(before[name], now[name], f"{where}.{name}")]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = zip(before, now, strict=True)
        return [each for i, (a, b) in enumerate(pairs) for each in missing(a, b, f"{where}[{i}]")]
    return [] if before == now else [f"{where}: {before!r} became {now!r}"]


@pytest.mark.parametrize("path", sorted(left("answers.json")))
def test_the_gateway_tells_of_it_as_before(gateway: httpx.Client, path: str) -> None:
    answer = gateway.get(path, headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    assert answer.status_code == 200, answer.text
    assert missing(left("answers.json")[path], answer.json()) == []


def test_a_key_still_opens(gateway: httpx.Client) -> None:
    assert gateway.post("/v1/predict", content=b"x").status_code == 401
    opened = gateway.post("/v1/predict", content=b"x", headers={"Authorization": f"Bearer {API_KEY}"})
    assert opened.status_code not in {401, 403}, opened.text


def test_the_summaries_of_its_predictions_still_count(settings: StoreSettings) -> None:
    drift = measure(ObjectStore(settings), "acne", today=DAY)
    assert (drift.version, drift.predictions) == (IN_PRODUCTION, 4)


def test_its_versions_are_served_and_answer_as_they_were_published(settings: StoreSettings, tmp_path: Path) -> None:
    environment = command_environment(settings)
    with (
        running_model_server(tmp_path) as server,
        running_sidecar(tmp_path, server.address, environment),
    ):
        verify = ["serving", "verify", "--version", str(IN_PRODUCTION), "--timeout-s", "60"]
        console(*verify, environment=environment | {"ACNEFLOW_SERVING_ADDRESS": server.address})


def test_its_dataset_comes_out_the_same_and_its_versions_can_be_moved(settings: StoreSettings, tmp_path: Path) -> None:
    store, environment = ObjectStore(settings), command_environment(settings)
    prepared = result(console("trainer", "prepare", "--snapshot", store.uri(SNAPSHOT), environment=environment))
    assert list(store.folders(keys.datasets())) == [prepared["dataset_id"]]
    assert result(console("trainer", "list", environment=environment)) == {"versions": 3}
    console("trainer", "rollback", "--to", "1", "--reason", "a test", environment=environment)
    assert read_document(store, keys.channels("acne"), Channels).production == 1


def test_its_scraper_goes_on_where_it_was(settings: StoreSettings, tmp_path: Path) -> None:
    for label in COLOURS:
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(40):
            (tmp_path / "photos" / label / f"{number}.jpg").write_bytes(drawn(label, number, size=(64, 48), quality=80))
    environment = command_environment(settings) | {"ACNEFLOW_CACHE": str(tmp_path / "cache")}
    command = ("scraper", "run", "--source", "folder", "--folder", str(tmp_path / "photos"))
    assert result(console(*command, environment=environment))["images"] == 120


def result(ended: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    last = ended.stdout.splitlines()[-1]
    found: dict[str, Any] = json.loads(last.removeprefix(RESULT_PREFIX))
    return found


def test_its_api_is_still_there(gateway: httpx.Client) -> None:
    gone = missing_from(gateway.get("/openapi.json").json(), what=left("openapi.json"))
    assert gone == []


def test_its_settings_are_still_read(tmp_path: Path) -> None:
    old = (LEFT / "env").read_text()
    (tmp_path / ".env").write_text(
        "".join(f"{line}{'x' * 32 if line.endswith('=') else ''}\n" for line in old.splitlines())
    )
    settings = read_settings(Installation(tmp_path, tmp_path / ".env"))
    assert (settings.bucket, settings.model, settings.store_port) == ("acneflow", "acne", 9000)
