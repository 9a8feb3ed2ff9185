"""`POST /v1/predict` over a real model server and a real store: answers, and which version gives them."""

import json
import time
import uuid

import httpx
import numpy as np
import pytest
from PIL import Image

from contracts.models.decisions import NOTICE
from imaging import read_pixels
from inference import LiteRtModel
from support.gateway import CANDIDATE, PRODUCTION, Backend, Gateway
from support.photos import CONFIDENT_RGB, UNCERTAIN_RGB, UNSUPPORTED_RGB, encoded, photo, picture, quartered

EXIF_ORIENTATION = 0x0112
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture has to be stored so that this EXIF orientation turns it upright."""


def predict(http: httpx.Client, data: bytes, **query: object) -> dict[str, object]:
    answer = http.post("/v1/predict", files={"image": data}, params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


def test_an_answer_holds_what_the_model_says_and_who_said_it(http: httpx.Client, backend: Backend) -> None:
    data = photo()
    answer = predict(http, data, top_k=4, explain=True)
    with LiteRtModel(backend.versions.folder(PRODUCTION)) as model:
        outputs, description = model.predict(read_pixels(data)[np.newaxis]), model.description
    best = int(outputs.probabilities[0].argmax())
    label = description.classes[best]
    confidence = pytest.approx(float(outputs.probabilities[0, best]), abs=1e-4)
    prediction = {"label": label.name, "display_name": label.display_name, "confidence": confidence}
    assert answer["prediction"] == prediction
    ranked = [entry["confidence"] for entry in answer["top_k"]]  # type: ignore[attr-defined]
    assert ranked == pytest.approx(sorted(outputs.probabilities[0].tolist(), reverse=True), abs=1e-4)
    assert answer["support"] == pytest.approx(float(outputs.support[0]), abs=1e-4)
    assert answer["decision"] == "confident"
    assert label.display_name in str(answer["sentence"])
    assert answer["model"] == {
        "name": "acne",
        "version": PRODUCTION,
        "channel": "production",
        "dataset_id": description.dataset_id,
        "trained_at": description.trained_at.isoformat().replace("+00:00", "Z"),
        "synthetic": True,
        "notice": description.notice,
    }
    np.testing.assert_allclose(np.array(answer["heatmap"]), outputs.heatmap[0], atol=1e-3)
    timing = answer["timing_ms"]
    assert isinstance(timing, dict)
    assert timing["decode"] + timing["model"] <= timing["total"]
    assert answer["notice"] == NOTICE


@pytest.mark.parametrize(
    ("rgb", "decision"),
    [(CONFIDENT_RGB, "confident"), (UNCERTAIN_RGB, "uncertain"), (UNSUPPORTED_RGB, "unsupported")],
)
def test_an_answer_admits_what_the_model_doesnt_know(
    http: httpx.Client, rgb: tuple[int, int, int], decision: str
) -> None:
    assert predict(http, photo(rgb))["decision"] == decision


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_may_be_the_whole_body(http: httpx.Client, kind: str) -> None:
    body, media_type = encoded(picture(), kind), f"image/{kind.lower()}"
    answer = http.post("/v1/predict", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["top_k"]) == 3
    assert answer.json()["heatmap"] is None


def test_a_photo_may_arrive_in_chunks(http: httpx.Client) -> None:
    data = photo()
    chunks = (data[start : start + 100] for start in range(0, len(data), 100))
    answer = http.post("/v1/predict", content=chunks, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200, answer.text


def test_the_candidate_and_any_served_version_can_be_asked(http: httpx.Client) -> None:
    by_channel = predict(http, photo(), channel="candidate")
    by_number = predict(http, photo(), version=CANDIDATE)
    assert by_channel["model"] == {**by_number["model"], "channel": "candidate"}  # type: ignore[dict-item]
    assert by_channel["top_k"] == by_number["top_k"] != predict(http, photo())["top_k"]


@pytest.mark.parametrize("orientation", sorted(STORED))
def test_a_photo_taken_sideways_gets_the_same_answer(http: httpx.Client, orientation: int) -> None:
    upright = quartered((256, 256))
    stored = upright.transpose(STORED[orientation])
    exif = stored.getexif()
    exif[EXIF_ORIENTATION] = orientation
    turned = predict(http, encoded(stored, "PNG", exif=exif), explain=True)
    straight = predict(http, encoded(upright, "PNG"), explain=True)
    assert turned["top_k"] == straight["top_k"]
    assert turned["heatmap"] == straight["heatmap"]


@pytest.mark.parametrize("mode", ["CMYK", "L", "P", "RGBA", "I;16"])
def test_other_colour_modes_are_understood(http: httpx.Client, mode: str) -> None:
    image = picture()
    sixteen_bits = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    converted = sixteen_bits if mode == "I;16" else image.convert(mode)
    predict(http, encoded(converted, "JPEG" if mode == "CMYK" else "PNG"))


def test_a_request_id_comes_back_and_nothing_of_the_photo_is_logged(http: httpx.Client, gateway: Gateway) -> None:
    name, request_id = f"secret-{uuid.uuid4().hex}.jpg", uuid.uuid4().hex
    answer = http.post("/v1/predict", files={"image": (name, photo())}, headers={"X-Request-Id": request_id})
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == request_id
    deadline = time.monotonic() + 10
    while request_id not in (log := gateway.log.read_text()):  # written after the answer
        assert time.monotonic() < deadline
        time.sleep(0.05)
    line = next(json.loads(line) for line in log.splitlines() if request_id in line)
    assert line["status"] == 200
    assert (line["method"], line["path"]) == ("POST", "/v1/predict")
    assert name not in log


def test_a_request_id_that_isnt_one_is_replaced(http: httpx.Client) -> None:
    answer = http.get("/livez", headers={"X-Request-Id": "no\x09good"})
    assert len(answer.headers["X-Request-Id"]) == 32
