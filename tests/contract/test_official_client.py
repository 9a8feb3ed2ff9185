"""A client written with the official `tensorflow-serving-api` talks to the embedded server as to TensorFlow Serving."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from PIL import Image
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from tensorflow_serving.config import model_server_config_pb2

from imaging import golden_pixels, read_pixels
from inference import LiteRtModel, Outputs
from support.model_server import ModelServer, model_config, running_model_server, write_config
from support.versions import Versions
from wire import PREDICTION_SERVICE, Methods

TENSORFLOW_TOLERANCE = 0.02
NUMERIC = ("probabilities", "logits", "embedding", "support")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, versions: Versions) -> Iterator[ModelServer]:
    volume = tmp_path_factory.mktemp("volume")
    for number in (1, 2):
        versions.install(volume / "acne", number)
    write_config(volume, model_config(volume, 1, 2, production=1))
    with running_model_server(volume) as running:
        yield running


@pytest.fixture(scope="module")
def channel(server: ModelServer) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.address) as channel:
        yield channel


@pytest.fixture(scope="module")
def stub(channel: grpc.Channel) -> Any:
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture(scope="module")
def litert(server: ModelServer) -> Outputs:
    with LiteRtModel(server.volume / "acne" / "1", workers=1) as model:
        return model.predict(golden_pixels())


@pytest.fixture(scope="module")
def saved_model(versions: Versions) -> Any:
    return tf.saved_model.load(str(versions.folder(1) / "saved_model"))


def request(signature: str, **inputs: Any) -> Any:
    message = predict_pb2.PredictRequest()
    message.model_spec.name = "acne"
    message.model_spec.version_label = "production"
    message.model_spec.signature_name = signature
    for name, value in inputs.items():
        message.inputs[name].CopyFrom(value)
    return message


def photos() -> list[bytes]:
    encoded = []
    for picture in golden_pixels():
        stream = BytesIO()
        Image.fromarray(picture).resize((320, 260)).save(stream, "PNG")
        encoded.append(stream.getvalue())
    return encoded


def test_pixels_give_the_probabilities_of_the_litert_file(stub: Any, litert: Outputs) -> None:
    response = stub.Predict(request("pixels", pixels=tf.make_tensor_proto(golden_pixels())), timeout=10)
    for name in NUMERIC:
        assert np.allclose(tf.make_ndarray(response.outputs[name]), getattr(litert, name), atol=1e-6), name
    assert response.model_spec.version.value == 1
    assert response.model_spec.signature_name == "pixels"


def test_the_saved_model_under_tensorflow_agrees(stub: Any, saved_model: Any) -> None:
    response = stub.Predict(request("explain", pixels=tf.make_tensor_proto(golden_pixels())), timeout=10)
    expected = saved_model.signatures["explain"](pixels=tf.constant(golden_pixels()))
    assert set(response.outputs) == set(expected)
    for name in ("probabilities", "support", "heatmap"):
        found = tf.make_ndarray(response.outputs[name])
        assert np.max(np.abs(found - expected[name].numpy())) <= TENSORFLOW_TOLERANCE, name
    assert list(tf.make_ndarray(response.outputs["classes"])) == list(expected["classes"].numpy())


def test_photos_give_what_the_saved_model_gives(stub: Any, saved_model: Any) -> None:
    response = stub.Predict(
        request("serving_default", image_bytes=tf.make_tensor_proto(photos(), shape=[4])), timeout=10
    )
    expected = saved_model.signatures["serving_default"](image_bytes=tf.constant(photos()))
    found = tf.make_ndarray(response.outputs["probabilities"])
    assert np.max(np.abs(found - expected["probabilities"].numpy())) <= TENSORFLOW_TOLERANCE


def test_every_way_of_writing_a_tensor_is_read(stub: Any, litert: Outputs) -> None:
    as_list = tf.make_tensor_proto(golden_pixels()[:1])
    as_list.ClearField("tensor_content")
    as_list.int_val.extend(int(value) for value in golden_pixels()[0].ravel())
    response = stub.Predict(request("pixels", pixels=as_list), timeout=10)
    found = tf.make_ndarray(response.outputs["probabilities"])
    assert np.allclose(found, litert.probabilities[:1], atol=1e-6)


def test_the_metadata_is_that_of_the_saved_model(stub: Any, versions: Versions) -> None:
    message = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    message.model_spec.name = "acne"
    response = stub.GetModelMetadata(message, timeout=10)
    found = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(found)
    meta_graph = _meta_graph(versions.folder(1) / "saved_model")
    expected = {name: it for name, it in meta_graph.signature_def.items() if not name.startswith("__")}
    assert _shapes(found.signature_def) == _shapes(expected)


def test_status_and_reload_through_the_model_service(channel: grpc.Channel, server: ModelServer) -> None:
    service = model_service_pb2_grpc.ModelServiceStub(channel)
    message = get_model_status_pb2.GetModelStatusRequest()
    message.model_spec.name = "acne"
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    found = service.GetModelStatus(message, timeout=10).model_version_status
    assert {one.version: one.state for one in found} == {1: available, 2: available}
    config = text_format.Parse(
        (server.volume / "models.config").read_text(), model_server_config_pb2.ModelServerConfig()
    )
    reload = model_management_pb2.ReloadConfigRequest(config=config)
    assert service.HandleReloadConfigRequest(reload, timeout=10).status.error_code == 0


def test_an_unknown_label_and_an_unknown_version_have_the_official_codes(stub: Any) -> None:
    message = request("pixels", pixels=tf.make_tensor_proto(golden_pixels()))
    message.model_spec.version_label = "canary"
    with pytest.raises(grpc.RpcError) as refused:
        stub.Predict(message, timeout=10)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    message.model_spec.version.value = 9
    with pytest.raises(grpc.RpcError) as refused:
        stub.Predict(message, timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("signature", ["serving_default", "pixels"])
def test_the_example_prints_what_the_model_says(
    server: ModelServer, repository: Path, tmp_path: Path, signature: str
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(photos()[1])
    command = [sys.executable, str(repository / "examples" / "grpc_client.py"), str(photo)]
    command += ["--address", server.address, "--signature", signature]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    with LiteRtModel(server.volume / "acne" / "1", workers=1) as model:
        expected = model.predict(read_pixels(photos()[1])[np.newaxis]).probabilities[0]
        best = model.description.classes[int(expected.argmax())].name
    header, first, *others = run.stdout.splitlines()
    assert header.startswith(f"{photo} (version 1, support ")
    assert first.split() == [f"{expected.max():.6f}", best]
    assert len(others) == len(expected) - 1


def test_the_example_says_why_it_failed(server: ModelServer, repository: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"<html>")
    command = [sys.executable, str(repository / "examples" / "grpc_client.py"), str(photo), "--address", server.address]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "error: INVALID_ARGUMENT: picture 0: this is no JPEG, PNG, WebP or HEIC picture" in run.stderr


@contextmanager
def unavailable_at_first(server: ModelServer) -> Iterator[tuple[str, list[float]]]:
    """A way to the server, UNAVAILABLE for the first caller: its address, and how long each caller would wait."""
    waits: list[float] = []

    def predict(body: bytes, context: grpc.ServicerContext) -> bytes:
        waits.append(context.time_remaining())
        if len(waits) == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "just being replaced")
        with grpc.insecure_channel(server.address) as channel:
            forward: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(Methods.predict.path)
            return forward(body, timeout=10)

    way = grpc.server(ThreadPoolExecutor(1))
    method: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {"Predict": grpc.unary_unary_rpc_method_handler(predict)}
    way.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(PREDICTION_SERVICE, method)])
    port = way.add_insecure_port("127.0.0.1:0")
    way.start()
    try:
        yield f"127.0.0.1:{port}", waits
    finally:
        way.stop(None).wait()


def test_the_example_asks_for_a_version_tries_again_and_gives_up_in_time(
    server: ModelServer, repository: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(photos()[1])
    command = [sys.executable, str(repository / "examples" / "grpc_client.py"), str(photo), "--version", "2"]
    with unavailable_at_first(server) as (address, waits):
        options = ["--address", address, "--deadline-s", "20"]
        run = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.startswith(f"{photo} (version 2, support ")
    assert len(waits) == 2
    assert 15 < max(waits) <= 20
    options = ["--address", server.address, "--deadline-s", "0.000001"]
    late = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=False)
    assert late.returncode == 1
    assert "error: DEADLINE_EXCEEDED" in late.stderr


def test_the_rest_example_prints_status_and_prediction(server: ModelServer, repository: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(photos()[1])
    command = [str(repository / "examples" / "rest_client.sh"), str(photo), server.rest_url, "versions/1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    status, prediction = run.stdout.split("prediction:")
    assert '"state": "AVAILABLE"' in status
    assert '"acne-pustular"' in prediction
    refused = subprocess.run([*command[:-1], "labels/canary"], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    assert "canary" in refused.stdout


def _meta_graph(folder: Path) -> Any:
    return saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs[0]


def _shapes(signatures: Any) -> dict[str, Any]:
    def tensors(infos: Any) -> dict[str, Any]:
        return {name: (info.dtype, [dim.size for dim in info.tensor_shape.dim]) for name, info in infos.items()}

    return {
        name: (tensors(signature.inputs), tensors(signature.outputs), signature.method_name)
        for name, signature in signatures.items()
    }
