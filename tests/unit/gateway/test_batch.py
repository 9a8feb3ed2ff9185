"""`POST /v1/predict/batch`: many photos, each for itself, however they are packed."""

import io
import json
import struct
import zipfile

import httpx
import pytest

from gateway.batch.archives import Archive, shown
from gateway.http.errors import GatewayError, InvalidParametersError, MalformedRequestError
from support.photos import UNCERTAIN_RGB, encoded, photo, picture

ZIP = {"Content-Type": "application/zip"}
LIMIT = 64


def packed(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_every_photo_of_a_form_gets_its_answer_or_its_problem(http: httpx.Client) -> None:
    photos = [("a.jpg", photo()), ("b.txt", b"no photo"), ("c.png", encoded(picture(UNCERTAIN_RGB), "PNG"))]
    answer = http.post("/v1/predict/batch", files=[("images", file) for file in photos])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["predicted"], body["failed"], answer.headers["X-Batch-Items"]) == (2, 1, "3")
    assert [item["name"] for item in body["items"]] == ["a.jpg", "b.txt", "c.png"]
    assert body["items"][1]["problem"]["reason"] == "unsupported_format"
    single = http.post("/v1/predict", files={"image": photos[2][1]}).json()
    assert body["items"][2]["prediction"]["top_k"] == single["top_k"]


def test_results_come_line_by_line(http: httpx.Client) -> None:
    files = {f"{number}.jpg": photo() for number in range(6)}
    headers = {**ZIP, "Accept": "application/x-ndjson"}
    with http.stream("POST", "/v1/predict/batch?top_k=1", content=packed(files), headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("application/x-ndjson")
        assert answer.headers["X-Batch-Items"] == "6"
        items = [json.loads(line) for line in answer.iter_lines()]
    assert sorted(item["index"] for item in items) == list(range(6))
    assert all(len(item["prediction"]["top_k"]) == 1 for item in items)


def test_what_is_odd_in_a_zip_is_told_of_each_file(http: httpx.Client) -> None:
    files = {
        "good.jpg": photo(),
        "folder/also good.jpg": photo(),
        "__MACOSX/good.jpg": b"passed over",
        ".DS_Store": b"passed over",
        "../../etc/passwd": photo(),
        "/absolute.jpg": photo(),
        "C:\\windows.jpg": photo(),
        "nested.zip": packed({"inner.jpg": photo()}),
        "zeros": bytes(21 * 2**20),
    }
    body = http.post("/v1/predict/batch", content=packed(files), headers=ZIP).json()
    found = {item["name"]: (item["problem"] or {"reason": "fine"})["reason"] for item in body["items"]}
    assert found == {
        "good.jpg": "fine",
        "folder/also good.jpg": "fine",
        "../../etc/passwd": "unsafe_name",
        "/absolute.jpg": "unsafe_name",
        "C:/windows.jpg" if "C:/windows.jpg" in found else "C:\\windows.jpg": "unsafe_name",
        "nested.zip": "unsupported_format",
        "zeros": "too_many_bytes",
    }


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b"no zip", ZIP, 400, "malformed_request"),
        (packed({}), ZIP, 422, "empty_batch"),
        (packed({f"{number}": b"" for number in range(LIMIT + 1)}), ZIP, 422, "batch_too_long"),
        (b"x", {"Content-Type": "image/jpeg"}, 415, "unsupported_media_type"),
    ],
)
def test_a_batch_that_is_none_is_refused(
    http: httpx.Client, body: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = http.post("/v1/predict/batch", content=body, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


def test_a_batch_must_say_how_large_it_is(http: httpx.Client) -> None:
    chunks = iter([packed({"a.jpg": photo()})])
    answer = http.post("/v1/predict/batch", content=chunks, headers=ZIP)
    assert (answer.status_code, answer.json()["reason"]) == (411, "length_required")


def test_a_batch_that_is_too_large_is_refused_before_it_is_read(http: httpx.Client) -> None:
    answer = http.post("/v1/predict/batch", content=bytes(65 * 2**20), headers=ZIP)
    assert answer.status_code == 413


def test_too_many_photos_in_a_form_are_refused(http: httpx.Client) -> None:
    files = [("images", (f"{number}.jpg", b"x")) for number in range(LIMIT + 1)]
    assert http.post("/v1/predict/batch", files=files).status_code == 400


def test_an_archive_that_lies_about_sizes_is_not_believed() -> None:
    data = bytearray(packed({"bomb": bytes(25 * 2**20)}))
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 100)  # declares 100 bytes
    (item,) = Archive(bytes(data), max_photos=LIMIT).items()
    assert item.error is not None or len(item.data or b"") <= 100


def test_an_encrypted_or_oddly_packed_file_is_refused() -> None:
    data = bytearray(packed({"secret": b"abc"}))
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 8] |= 1
    odd = packed({"odd": b"abc" * 100}, zipfile.ZIP_BZIP2)
    for archive in (bytes(data), odd):
        (item,) = Archive(archive, max_photos=LIMIT).items()
        assert isinstance(item.error, InvalidParametersError)


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_damaged_archive_ends_in_an_error_of_ours(cut: int) -> None:
    whole = packed({"a.jpg": photo(), "b.jpg": photo()})
    damaged = whole[:cut] + b"\xff\x00\xff" + whole[cut + 3 :]
    try:
        items = list(Archive(damaged, max_photos=LIMIT).items())
    except (MalformedRequestError, InvalidParametersError):
        return
    assert all(item.data is not None or isinstance(item.error, GatewayError) for item in items)


def test_a_name_is_only_a_label() -> None:
    assert shown("a\x1b[31m\n" + "b" * 999) == "a[31m" + "b" * 250
