"""Candidate traffic and what is told of it: shares set while everything runs, and metrics."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.models.traffic import falls_into
from support.gateway import ADMIN_KEY, CANDIDATE, PRODUCTION, Backend, Gateway, eventually, running_gateway
from support.photos import photo

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
