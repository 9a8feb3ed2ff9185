"""What can't be used is refused with one shape of problem, the right status, and what to do."""

import struct
import zlib
from collections.abc import Iterator

import httpx
import pytest

from imaging import DEFAULT_LIMITS
from support.photos import encoded, photo, picture

JPEG = {"Content-Type": "image/jpeg"}
MEMBERS = {"type", "title", "status", "detail", "advice", "reason", "request_id"}


def problem(answer: httpx.Response, status: int, reason: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body.keys() == MEMBERS
    assert (body["status"], body["reason"]) == (status, reason)
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert str(body["type"]).startswith("urn:acneflow:problem:")
    assert str(body["detail"]).endswith(".")
    assert str(body["advice"]).endswith(".")
    return body


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that declares 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


BAD_PHOTOS = {
    "nothing at all": (b"", 422, "empty"),
    "a JPEG cut short": (photo()[:-200], 422, "damaged"),
    "a JPEG's first bytes": (photo()[:20], 415, "unsupported_format"),
    "a PNG cut short": (encoded(picture(), "PNG")[:-60], 422, "damaged"),
    "a bomb": (bomb(), 422, "too_many_pixels"),
    "a picture wider than the cap": (encoded(picture(size=(60_000, 900)), "PNG"), 422, "too_many_pixels"),
    "one pixel": (encoded(picture(size=(1, 1)), "PNG"), 422, "too_small"),
    "a GIF": (encoded(picture(), "GIF"), 415, "unsupported_format"),
    "a TIFF": (encoded(picture(), "TIFF"), 415, "unsupported_format"),
    "a web page": (b"<html><body>Not found</body></html>", 415, "unsupported_format"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 415, "unsupported_format"),
    "zeros": (bytes(10_000), 415, "unsupported_format"),
}


@pytest.mark.parametrize(("data", "status", "reason"), BAD_PHOTOS.values(), ids=BAD_PHOTOS.keys())
def test_a_bad_photo_is_refused_with_its_reason(http: httpx.Client, data: bytes, status: int, reason: str) -> None:
    raw = problem(http.post("/v1/predict", content=data, headers=JPEG), status, reason)
    form = problem(http.post("/v1/predict", files={"image": data}), status, reason)
    assert raw["type"] == form["type"] == "urn:acneflow:problem:image-refused"


def test_a_photo_of_too_many_bytes_is_refused_before_it_is_read(http: httpx.Client) -> None:
    data = photo() + bytes(DEFAULT_LIMITS.max_bytes + 2**20)
    for answer in (
        http.post("/v1/predict", content=data, headers=JPEG),
        http.post("/v1/predict", files={"image": data}),
        http.post("/v1/predict", content=chunks(data), headers=JPEG),
    ):
        assert "more than" in str(problem(answer, 413, "too_many_bytes")["detail"])  # nobody knows how many came


def test_a_photo_a_little_over_the_limit_is_refused_too(http: httpx.Client) -> None:
    data = photo() + bytes(DEFAULT_LIMITS.max_bytes)
    problem(http.post("/v1/predict", content=data, headers=JPEG), 413, "too_many_bytes")


def chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 2**20):
        yield data[start : start + 2**20]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "image/gif", ""])
def test_another_content_type_is_refused(http: httpx.Client, media_type: str) -> None:
    answer = http.post("/v1/predict", content=b"{}", headers={"Content-Type": media_type})
    problem(answer, 415, "unsupported_media_type")


def test_a_form_without_the_photo_says_what_is_missing(http: httpx.Client) -> None:
    body = problem(http.post("/v1/predict", files={"file": photo()}), 400, "malformed_request")
    assert "'image'" in str(body["detail"])
    text_field = http.post("/v1/predict", files={"image": (None, "text")})
    problem(text_field, 400, "malformed_request")


@pytest.mark.parametrize(
    "body",
    [
        b"no form",
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc',
        b"--b\r\n\r\nabc\r\n--b--\r\n",
    ],
)
def test_a_damaged_form_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/predict", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    problem(answer, 400, "malformed_request")
    without_boundary = http.post("/v1/predict", content=body, headers={"Content-Type": "multipart/form-data"})
    problem(without_boundary, 400, "malformed_request")


def test_two_photos_in_one_form_are_refused(http: httpx.Client) -> None:
    answer = http.post("/v1/predict", files=[("image", photo()), ("image", photo())])
    problem(answer, 400, "malformed_request")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"top_k": "0"}, "top_k"),
        ({"top_k": "many"}, "top_k"),
        ({"channel": "previous"}, "channel"),
        ({"version": "0"}, "version"),
        ({"version": str(2**31)}, "version"),
        ({"channel": "candidate", "version": "1"}, "'channel' and 'version'"),
    ],
)
def test_a_parameter_that_breaks_a_rule_is_named(http: httpx.Client, query: dict[str, str], named: str) -> None:
    answer = http.post("/v1/predict", content=photo(), headers=JPEG, params=query)
    assert named in str(problem(answer, 422, "invalid_parameters")["detail"])


def test_what_isnt_there_is_a_problem_too(http: httpx.Client) -> None:
    problem(http.get("/v1/nothing"), 404, "unknown_path")
    answer = http.get("/v1/predict")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"
