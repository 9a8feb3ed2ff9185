"""The Open Inference Protocol: requests as KServe documents them."""

import base64
import json
import struct

import httpx
import numpy as np
import pytest

from gateway.http.errors import GatewayError
from gateway.open_inference.messages import parse
from imaging import read_pixels
from support.gateway import PRODUCTION
from support.photos import photo


def test_a_request_as_kserve_documents_it_is_answered(http: httpx.Client) -> None:
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/acne/ready", "/v2/models/acne"):
        assert http.get(path).status_code == 200
    inputs = [{"name": "image", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(photo()).decode()]}]
    answer = http.post("/v2/models/acne/infer", json={"id": "a", "inputs": inputs}).json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("acne", str(PRODUCTION), "a")
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert outputs["probabilities"]["shape"] == [1, 4]
    assert outputs["label"]["data"][0] in outputs["classes"]["data"]


def test_pixels_may_be_sent_as_they_are(http: httpx.Client) -> None:
    pixels = read_pixels(photo())[np.newaxis]
    inputs = [{"name": "pixels", "shape": list(pixels.shape), "datatype": "UINT8", "data": pixels.ravel().tolist()}]
    answer = http.post("/v2/models/acne/infer", json={"inputs": inputs, "outputs": [{"name": "label"}]})
    assert answer.status_code == 200, answer.text
    ours = http.post("/v1/predict", files={"image": photo()}).json()
    assert answer.json()["outputs"][0]["data"] == [ours["prediction"]["label"]]


def test_what_cant_be_answered_is_said_as_the_protocol_wants_it(http: httpx.Client) -> None:
    unknown = http.post("/v2/models/acne/versions/77/infer", json={"inputs": [inputs(b"x")]})
    assert unknown.status_code in {404, 415}
    for answer, status in (
        (http.get("/v2/models/nothing"), 404),
        (http.get("/v2/models/acne/versions/77/ready"), 404),
        (http.post("/v2/models/acne/infer", json={"inputs": [inputs(b"no photo")]}), 415),
        (http.post("/v2/models/acne/infer", json={"inputs": []}), 400),
    ):
        assert answer.status_code == status, answer.text
        assert answer.json()["error"] == answer.json()["detail"]


def inputs(photo: bytes, changes: dict[str, object] | None = None) -> dict[str, object]:
    tensor = {"name": "image", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(photo).decode()]}
    return {**tensor, **(changes or {})}


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [2]},
        {"shape": [33]},
        {"shape": [0]},
        {"shape": [1, 2]},
        {"datatype": "FP32"},
        {"data": "text"},
        {"data": ["no base64!"]},
        {"datatype": "UINT8", "shape": [1, 224, 224, 3], "data": [1, 2]},
        {"datatype": "UINT8", "shape": [1, 224, 224, 3], "data": [256] * 224 * 224 * 3},
        {"parameters": {"binary_data_size": 9}},
    ],
)
def test_a_tensor_that_isnt_one_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(GatewayError):
        parse(json.dumps({"inputs": [inputs(b"abc", changes)]}).encode(), None)


@pytest.mark.parametrize("binary", [b"", b"\x01", struct.pack("<I", 9) + b"abc", struct.pack("<I", 2**32 - 1) + b"abc"])
def test_a_binary_tensor_that_isnt_one_is_refused(binary: bytes) -> None:
    tensor = inputs(b"", {"data": None, "parameters": {"binary_data_size": len(binary)}})
    header = json.dumps({"inputs": [tensor]}).encode()
    with pytest.raises(GatewayError):
        parse(header + binary, len(header))
