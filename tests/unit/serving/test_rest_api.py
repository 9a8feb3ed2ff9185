"""The embedded server's REST API on a real socket, in TensorFlow Serving's formats."""

import base64
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from imaging import golden_pixels, read_pixels
from inference import LiteRtModel
from support.model_server import ModelServer, model_config, running_model_server, write_config
from support.versions import Versions


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, versions: Versions) -> Iterator[ModelServer]:
    volume = tmp_path_factory.mktemp("volume")
    for number in (1, 2):
        versions.install(volume / "acne", number)
    write_config(volume, model_config(volume, 1, 2, production=1))
    with running_model_server(volume) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: ModelServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.rest_url}/v1/models", timeout=20) as client:
        yield client


def photo() -> bytes:
    stream = BytesIO()
    Image.fromarray(golden_pixels()[1]).resize((300, 280)).save(stream, "PNG")
    return stream.getvalue()


B64 = {"b64": base64.b64encode(photo()).decode()}


def expected(server: ModelServer, version: int, pixels: np.ndarray) -> np.ndarray:
    with LiteRtModel(server.volume / "acne" / str(version), workers=1) as model:
        return model.predict(pixels).probabilities


def test_the_status_has_tensorflow_servings_shape(client: httpx.Client) -> None:
    available = {"state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    both = {"model_version_status": [{"version": "1", **available}, {"version": "2", **available}]}
    assert client.get("/acne").json() == both
    assert client.get("/acne/versions/2").json() == {"model_version_status": [{"version": "2", **available}]}
    assert client.get("/acne/labels/production").json() == {"model_version_status": [{"version": "1", **available}]}


def test_the_metadata_has_tensorflow_servings_shape(client: httpx.Client) -> None:
    answer = client.get("/acne/labels/production/metadata").json()
    assert answer["model_spec"] == {"name": "acne", "signature_name": "", "version": "1"}
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert set(signatures) == {"serving_default", "pixels", "explain"}
    pixels = signatures["pixels"]["inputs"]["pixels"]
    assert pixels["dtype"] == "DT_UINT8"
    assert [dim["size"] for dim in pixels["tensor_shape"]["dim"]] == ["-1", "224", "224", "3"]
    assert client.get("/acne/versions/9/metadata").status_code == 404


@pytest.mark.parametrize("instance", [B64, {"image_bytes": B64}])
def test_photos_by_rows(client: httpx.Client, server: ModelServer, instance: dict[str, Any]) -> None:
    answer = client.post("/acne:predict", json={"instances": [instance, instance]})
    assert answer.status_code == 200
    rows = answer.json()["predictions"]
    assert [set(row) for row in rows] == [{"probabilities", "logits", "embedding", "support"}] * 2
    found = np.array([row["probabilities"] for row in rows])
    assert np.allclose(found, expected(server, 2, np.stack([read_pixels(photo())] * 2)), atol=1e-6)


@pytest.mark.parametrize("inputs", [[B64], {"image_bytes": [B64]}])
def test_photos_by_columns_with_the_names_of_the_classes(client: httpx.Client, versions: Versions, inputs: Any) -> None:
    outputs = client.post("/acne/versions/1:predict", json={"inputs": inputs}).json()["outputs"]
    assert outputs["classes"] == [label.name for label in versions.describe(1).classes]
    assert np.array(outputs["probabilities"]).shape == (1, 4)


def test_pixels_of_a_labelled_version(client: httpx.Client, server: ModelServer) -> None:
    pixels = golden_pixels()[:1]
    body = {"signature_name": "explain", "instances": pixels.tolist()}
    (row,) = client.post("/acne/labels/production:predict", json=body).json()["predictions"]
    assert np.allclose(row["probabilities"], expected(server, 1, pixels)[0], atol=1e-6)
    assert np.array(row["heatmap"]).shape == (7, 7)


@pytest.mark.parametrize(
    ("path", "body", "status", "fault"),
    [
        ("/other:predict", {"instances": [B64]}, 404, "model 'other'"),
        ("/acne/versions/9:predict", {"instances": [B64]}, 404, "version 9"),
        (f"/acne/versions/{'9' * 5000}:predict", {"instances": [B64]}, 404, "Not Found"),
        ("/acne/labels/canary:predict", {"instances": [B64]}, 400, "label 'canary'"),
        ("/acne:predict", {"signature_name": "x", "instances": [B64]}, 400, "no signature 'x'"),
        ("/acne:predict", {}, 400, "either 'instances' or 'inputs'"),
        ("/acne:predict", {"instances": [B64], "inputs": [B64]}, 400, "either 'instances' or 'inputs'"),
        ("/acne:predict", {"instances": B64}, 400, "'instances' must be a list"),
        ("/acne:predict", {"instances": ["text"]}, 400, "picture 0 must be an object"),
        ("/acne:predict", {"instances": [{"b64": "?"}]}, 400, "picture 0 is no base64"),
        ("/acne:predict", {"instances": [{"b64": "AAAA"}]}, 400, "picture 0: this is no JPEG, PNG, WebP or HEIC"),
        ("/acne:predict", {"instances": [{"photo": B64}]}, 400, "takes the one input 'image_bytes'; got photo"),
        ("/acne:predict", {"instances": []}, 400, "got 0"),
        ("/acne:predict", {"signature_name": "pixels", "instances": [[[1, 2], [3]]]}, 400, "uneven length"),
        ("/acne:predict", {"signature_name": "pixels", "instances": [[[1, 2, 3]]]}, 400, "got shape [1, 1, 3]"),
        ("/acne:predict", {"signature_name": "pixels", "instances": [[[[]]]]}, 400, "got shape [1, 1, 1, 0]"),
        (
            "/acne:predict",
            {"signature_name": "pixels", "instances": [[[[1, 2, 3]]]]},
            400,
            "[N, 224, 224, 3], got",
        ),
        ("/acne:classify", {}, 404, "Not Found"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(
    client: httpx.Client, path: str, body: dict[str, Any], *, status: int, fault: str
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status
    assert fault in answer.json()["error"]


def test_pixels_out_of_range_or_no_json_at_all_are_refused(client: httpx.Client) -> None:
    beyond = np.full((1, 224, 224, 3), 256).tolist()
    answer = client.post("/acne:predict", json={"signature_name": "pixels", "instances": beyond})
    assert (answer.status_code, "0 to 255" in answer.json()["error"]) == (400, True)
    answer = client.post("/acne:predict", content=b"{")
    assert (answer.status_code, "no JSON" in answer.json()["error"]) == (400, True)


def test_a_body_beyond_the_limit_is_refused(client: httpx.Client) -> None:
    answer = client.post("/acne:predict", content=b" " * (65 * 2**20))
    assert answer.status_code == 413
