"""The ways in which a photo may come: JSON, an address, HEIC; and how long the caller waits."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from support.gateway import Backend, running_gateway
from support.photos import heic, photo, quartered

PICTURE = photo()


@contextmanager
def photo_site() -> Iterator[str]:
    """A site with one photo, and other things."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = {"/photo.jpg": (200, PICTURE), "/large": (200, bytes(21 * 2**20)), "/page": (200, b"<html>")}
            status, body = found.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_photo_may_come_as_base64(http: httpx.Client) -> None:
    as_json = http.post("/v1/predict", json={"image_b64": base64.b64encode(PICTURE).decode()})
    assert as_json.status_code == 200, as_json.text
    assert as_json.json()["top_k"] == http.post("/v1/predict", files={"image": PICTURE}).json()["top_k"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"image_b64": 7}',
        b'{"image_b64": "a!"}',
        b'{"image_b64": "", "image_url": ""}',
        b"[" * 9999,
    ],
)
def test_other_json_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/predict", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "malformed_request"), answer.text


def test_a_phones_own_format_is_read(http: httpx.Client) -> None:
    for media_type in ("image/heic", "image/jpeg"):  # by what it is, not by what it is called
        answer = http.post("/v1/predict", content=heic(quartered()), headers={"Content-Type": media_type})
        assert answer.status_code == 200, answer.text
    jpeg = http.post("/v1/predict", files={"image": photo()}).json()
    assert answer.json()["model"] == jpeg["model"]
    cut_short = http.post("/v1/predict", files={"image": heic(quartered())[:-200]})
    assert (cut_short.status_code, cut_short.json()["reason"]) == (422, "damaged")
    small = http.post("/v1/predict", files={"image": heic(quartered((16, 16)))})
    assert (small.status_code, small.json()["reason"]) == (422, "too_small")


def test_addresses_are_off_unless_the_operator_names_sites(http: httpx.Client) -> None:
    answer = http.post("/v1/predict", json={"image_url": "http://127.0.0.1:1/photo.jpg"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "addresses_off")


def test_photos_are_fetched_from_the_sites_that_the_operator_named(backend: Backend, tmp_path: Path) -> None:
    with photo_site() as site:
        environment = {**backend.environment, "ACNEFLOW_GATEWAY_IMAGE_LOCAL_SITES": site}
        with (
            running_gateway(environment, tmp_path / "log", until="/readyz") as gateway,
            httpx.Client(base_url=gateway.url, timeout=30) as http,
        ):

            def ask(path: str, host: str = site) -> tuple[int, str]:
                answer = http.post("/v1/predict", json={"image_url": f"http://{host}{path}"})
                return answer.status_code, answer.json().get("reason", "")

            assert ask("/photo.jpg") == (200, "")
            assert ask("/nothing") == (422, "address_unusable")
            assert ask("/page") == (415, "unsupported_format")
            assert ask("/large") == (413, "too_many_bytes")
            assert ask("/photo.jpg", "127.0.0.1:1") == (403, "address_not_allowed")
            assert ask("/latest/meta-data", "169.254.169.254") == (403, "address_not_allowed")


@pytest.mark.parametrize("value", ["0", "-1", "soon", "300001"])
def test_a_timeout_that_isnt_one_is_refused(http: httpx.Client, value: str) -> None:
    answer = http.post("/v1/predict", files={"image": PICTURE}, headers={"X-Request-Timeout-Ms": value})
    assert (answer.status_code, answer.json()["reason"]) == (422, "invalid_parameters")


def test_a_caller_who_waits_too_short_is_told_so(http: httpx.Client) -> None:
    answer = http.post("/v1/predict", files={"image": PICTURE}, headers={"X-Request-Timeout-Ms": "1"})
    assert (answer.status_code, answer.json()["type"]) == (504, "urn:acneflow:problem:deadline-exceeded")
