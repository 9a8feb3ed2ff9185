"""Whatever the model server does, the answer says what is the matter, and all is well when it is back."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from stack.seaweedfs import SeaweedFS
from support.gateway import CANDIDATE, PRODUCTION, eventually, running_backend, running_gateway
from support.model_server import running_model_server
from support.photos import photo
from support.versions import Versions

DEADLINE_S = 2.0


def ask(url: str, **query: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/predict", files={"image": photo()}, params=query, timeout=30)


def reason(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return str(answer.json()["reason"])


def test_a_version_that_isnt_served_is_not_found(http: httpx.Client) -> None:
    answer = http.post("/v1/predict", files={"image": photo()}, params={"version": "77"})
    assert (answer.status_code, reason(answer)) == (404, "unknown_version")
    assert "77" in answer.json()["detail"]


def test_readiness_names_the_version_in_production(http: httpx.Client) -> None:
    answer = http.get("/readyz")
    assert answer.json() == {
        "ready": True,
        "reason": f"acne version {PRODUCTION} is in production",
        "model": "acne",
        "version": PRODUCTION,
    }


def test_a_model_server_that_comes_moves_on_stops_and_dies(
    s3_server: SeaweedFS, versions: Versions, tmp_path: Path
) -> None:
    """One story, since each step needs a server of its own: nothing yet, in production, slow, gone, and back."""
    with running_backend(s3_server, versions, tmp_path / "volume") as backend:
        server = backend.server
        environment = {**backend.environment, "ACNEFLOW_GATEWAY_DEADLINE_S": str(DEADLINE_S)}
        server.tell()
        with running_gateway(environment, tmp_path / "log") as gateway:
            eventually(lambda: reason(ask(gateway.url)) == "model_not_ready")
            unready = httpx.get(f"{gateway.url}/readyz")
            assert (unready.status_code, reason(unready)) == (503, "model_not_ready")
            assert int(unready.headers["Retry-After"]) > 0

            server.tell(PRODUCTION, production=PRODUCTION)
            eventually(lambda: httpx.get(f"{gateway.url}/readyz").status_code == 200)
            no_candidate = ask(gateway.url, channel="candidate")
            assert (no_candidate.status_code, reason(no_candidate)) == (404, "unknown_channel")

            assert_no_request_fails_while_production_moves(gateway.url, server.tell)

            os.kill(server.process.pid, signal.SIGSTOP)
            started = time.monotonic()
            slow = ask(gateway.url)
            assert (slow.status_code, reason(slow)) == (504, "deadline_exceeded")
            assert DEADLINE_S - 0.5 < time.monotonic() - started < DEADLINE_S + 3
            os.kill(server.process.pid, signal.SIGCONT)
            eventually(lambda: ask(gateway.url).status_code == 200)

            server.process.kill()
            server.process.wait()
            away = ask(gateway.url)
            assert (away.status_code, reason(away)) == (503, "model_server_away")
            assert int(away.headers["Retry-After"]) > 0
            assert httpx.get(f"{gateway.url}/livez").status_code == 200

            with running_model_server(server.volume, ports=(server.port, server.rest_port)):
                eventually(lambda: ask(gateway.url).status_code == 200)


def assert_no_request_fails_while_production_moves(url: str, tell: Callable[..., None]) -> None:
    tell(PRODUCTION, CANDIDATE, production=PRODUCTION, candidate=CANDIDATE)
    eventually(lambda: ask(url, channel="candidate").status_code == 200)
    tell(PRODUCTION, CANDIDATE, production=CANDIDATE)
    seen = [PRODUCTION]
    while seen[-1] != CANDIDATE:
        answer = ask(url)
        assert answer.status_code == 200, answer.text
        seen.append(answer.json()["model"]["version"])
    tell(CANDIDATE, production=CANDIDATE)
    seen += [ask(url).json()["model"]["version"] for _ in range(20)]
    assert seen == sorted(seen)
