"""Who may do what: keys, their roles and limits, callers without one, and what browsers are told."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contracts import keys
from contracts.access import ApiKeys, Role
from gateway.http.access import RateLimits
from gateway.http.errors import RateLimitedError
from objectstore import ObjectStore
from support.gateway import ADMIN_KEY, Backend, running_gateway
from support.photos import photo

ORIGIN = "https://clinic.example"


@pytest.fixture(scope="module")
def issued(backend: Backend) -> dict[str, str]:
    """Keys in the store that all gateways of these tests share."""
    ring, page = ApiKeys().with_new_key("page", Role.PREDICT, None)
    ring, slow = ring.with_new_key("slow", Role.PREDICT, 2)
    ring, operator = ring.with_new_key("operator", Role.ADMIN, None)
    ring, former = ring.with_new_key("former", Role.ADMIN, None)
    ring = ring.without_key(ring.keys[-1].id)
    ObjectStore(backend.store).put(keys.api_keys(), ring.to_json())
    return {"page": page, "slow": slow, "operator": operator, "former": former}


@pytest.fixture(scope="module")
def closed(
    backend: Backend, issued: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A gateway that wants a key for everything."""
    environment = {
        **backend.environment,
        "ACNEFLOW_ADMIN_KEY": ADMIN_KEY,
        "ACNEFLOW_GATEWAY_PREDICT_ACCESS": "key",
        "ACNEFLOW_GATEWAY_CORS_ORIGINS": ORIGIN,
    }
    log: Path = tmp_path_factory.mktemp("closed") / "log"
    with (
        running_gateway(environment, log, until="/readyz") as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as http,
    ):
        yield http


def ask(http: httpx.Client, key: str | None, method: str = "POST", path: str = "/v1/predict") -> tuple[int, str]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    files = {"image": photo()} if path == "/v1/predict" else None
    answer = http.request(method, path, files=files, headers=headers)
    return answer.status_code, answer.json().get("reason", "")


def test_predictions_may_be_asked_from_this_machine_without_a_key(http: httpx.Client) -> None:
    assert ask(http, None) == (200, "")
    assert ask(http, "no key of ours") == (401, "not_authenticated")


def test_who_comes_from_elsewhere_needs_a_key(http: httpx.Client) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7"}  # a proxy on this machine says so
    answer = http.post("/v1/predict", files={"image": photo()}, headers=forwarded)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="acneflow"')


def test_a_key_opens_what_its_role_says(closed: httpx.Client, issued: dict[str, str]) -> None:
    admin = ("GET", "/v1/models/acne/traffic")
    assert ask(closed, None) == (401, "not_authenticated")
    assert ask(closed, issued["page"]) == (200, "")
    assert ask(closed, issued["operator"]) == (200, "")
    assert ask(closed, ADMIN_KEY) == (200, "")
    assert ask(closed, None, *admin) == (401, "not_authenticated")
    assert ask(closed, issued["page"], *admin) == (403, "not_allowed")
    assert ask(closed, issued["operator"], *admin) == (200, "")
    assert ask(closed, issued["former"], *admin) == (401, "not_authenticated")
    assert ask(closed, issued["page"][:-1], *admin) == (401, "not_authenticated")


def test_a_key_may_send_so_many_requests(closed: httpx.Client, issued: dict[str, str]) -> None:
    assert [ask(closed, issued["slow"])[0] for _ in range(3)] == [200, 200, 429]
    answer = closed.post("/v1/predict", headers={"Authorization": f"Bearer {issued['slow']}"})
    assert answer.json()["reason"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 30


def test_tokens_come_back_as_time_goes_by() -> None:
    now = [0.0]
    rates = RateLimits(clock=lambda: now[0])
    for _ in range(60):
        rates.spend("a", 60)
    with pytest.raises(RateLimitedError) as refused:
        rates.spend("a", 60)
    assert refused.value.retry_after_s == 1
    rates.spend("b", 60)
    now[0] += 1
    rates.spend("a", 60)
    with pytest.raises(RateLimitedError):
        rates.spend("a", 60)


def test_only_pages_that_the_operator_named_may_call(closed: httpx.Client, http: httpx.Client) -> None:
    def preflight(client: httpx.Client, origin: str) -> str:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = client.options("/v1/predict", headers=headers)
        return str(answer.headers.get("Access-Control-Allow-Origin", "nobody"))

    assert preflight(closed, ORIGIN) == ORIGIN
    assert preflight(closed, "https://elsewhere.example") == "nobody"
    assert preflight(http, ORIGIN) == "nobody"


def test_browsers_are_told_to_keep_off(http: httpx.Client) -> None:
    for answer in (http.get("/livez"), http.get("/v1/nothing"), http.post("/v1/predict", files={"image": photo()})):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in http.get("/docs").headers["Content-Security-Policy"]
