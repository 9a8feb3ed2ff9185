"""The embedded server's gRPC API on a real socket, with the messages and codes of TensorFlow Serving."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.wrappers_pb2 import Int64Value
from grpc_health.v1 import health_pb2, health_pb2_grpc
from PIL import Image

from imaging import golden_pixels, read_pixels
from inference import LiteRtModel
from support.model_server import ModelServer, model_config, running_model_server, write_config
from support.versions import Versions
from wire import PREDICTION_SERVICE, Methods, bytes_tensor, from_tensor, tensor
from wire import serving_pb2 as pb

PREDICTIONS = {"probabilities", "logits", "embedding", "support", "classes"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, versions: Versions) -> Iterator[ModelServer]:
    volume = tmp_path_factory.mktemp("volume")
    for number in (1, 2):
        versions.install(volume / "acne", number)
    versions.install(volume / "acne", 3)
    (volume / "acne" / "3" / "model.tflite").write_bytes(b"broken")
    write_config(volume, model_config(volume, 1, 2, 3, production=1))
    with running_model_server(volume) as running:
        yield running


@pytest.fixture(scope="module")
def channel(server: ModelServer) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.address) as channel:
        yield channel


def predict(channel: grpc.Channel, signature: str = "pixels", **spec: Any) -> pb.PredictResponse:
    request = request_for(signature)
    request.model_spec.MergeFrom(pb.ModelSpec(**spec))
    response: pb.PredictResponse = Methods.predict.on(channel)(request, timeout=10)
    return response


def request_for(signature: str = "pixels") -> pb.PredictRequest:
    spec = pb.ModelSpec(name="acne", signature_name=signature)
    inputs = {"pixels": tensor(golden_pixels())}
    return pb.PredictRequest(model_spec=spec, inputs=inputs)


def png() -> bytes:
    stream = BytesIO()
    Image.fromarray(golden_pixels()[3]).resize((320, 240)).save(stream, "PNG")
    return stream.getvalue()


def array(response: pb.PredictResponse, name: str) -> np.ndarray:
    return np.asarray(from_tensor(response.outputs[name]))


def test_pixels_give_what_the_litert_file_gives(channel: grpc.Channel, server: ModelServer) -> None:
    response = predict(channel, version={"value": 2})
    with LiteRtModel(server.volume / "acne" / "2", workers=1) as model:
        expected = model.predict(golden_pixels())
        names = [label.name.encode() for label in model.description.classes]
    assert set(response.outputs) == PREDICTIONS
    for name in PREDICTIONS - {"classes"}:
        assert np.allclose(array(response, name), getattr(expected, name), atol=1e-6), name
    assert bytes_tensor(response.outputs["classes"]) == names
    assert response.model_spec.name == "acne"
    assert response.model_spec.version.value == 2
    assert response.model_spec.signature_name == "pixels"


def test_photos_are_the_default_signature(channel: grpc.Channel) -> None:
    request = pb.PredictRequest(model_spec=pb.ModelSpec(name="acne"), inputs={"image_bytes": tensor([png()])})
    from_photo = Methods.predict.on(channel)(request, timeout=10)
    pixels = tensor(read_pixels(png())[np.newaxis])
    request = pb.PredictRequest(
        model_spec=pb.ModelSpec(name="acne", signature_name="pixels"), inputs={"pixels": pixels}
    )
    from_pixels = Methods.predict.on(channel)(request, timeout=10)
    assert from_photo.model_spec.signature_name == "serving_default"
    assert np.array_equal(array(from_photo, "probabilities"), array(from_pixels, "probabilities"))


def test_explain_gives_a_heatmap_besides(channel: grpc.Channel) -> None:
    response = predict(channel, "explain")
    assert set(response.outputs) == PREDICTIONS | {"heatmap"}
    assert array(response, "heatmap").shape == (4, 7, 7)


def test_a_version_is_asked_for_by_number_by_label_or_as_the_latest(channel: grpc.Channel) -> None:
    assert predict(channel, version={"value": 1}).model_spec.version.value == 1
    assert predict(channel, version_label="production").model_spec.version.value == 1
    assert predict(channel).model_spec.version.value == 2


def test_only_the_outputs_in_the_filter_are_given(channel: grpc.Channel) -> None:
    request = request_for()
    request.output_filter.extend(["support", "classes"])
    assert set(Methods.predict.on(channel)(request, timeout=10).outputs) == {"support", "classes"}


def changed(change: Callable[[pb.PredictRequest], object]) -> pb.PredictRequest:
    request = request_for()
    change(request)
    return request


def with_input(name: str, value: pb.TensorProto, signature: str = "pixels") -> pb.PredictRequest:
    return pb.PredictRequest(model_spec=pb.ModelSpec(name="acne", signature_name=signature), inputs={name: value})


@pytest.mark.parametrize(
    ("asked", "code", "detail"),
    [
        (changed(lambda r: r.ClearField("model_spec")), "INVALID_ARGUMENT", "names no model"),
        (changed(lambda r: r.model_spec.MergeFrom(pb.ModelSpec(name="x"))), "NOT_FOUND", "model 'x'"),
        (changed(lambda r: r.model_spec.version.MergeFrom(Int64Value(value=9))), "NOT_FOUND", "version 9"),
        (changed(lambda r: r.model_spec.version.MergeFrom(Int64Value(value=3))), "NOT_FOUND", "version 3"),
        (changed(lambda r: r.model_spec.MergeFrom(pb.ModelSpec(version_label="x"))), "INVALID_ARGUMENT", "label 'x'"),
        (changed(lambda r: r.model_spec.MergeFrom(pb.ModelSpec(signature_name="x"))), "FAILED_PRECONDITION", "'x'"),
        (changed(lambda r: r.inputs.clear()), "INVALID_ARGUMENT", "takes the one input 'pixels'; got none"),
        (changed(lambda r: r.output_filter.append("x")), "INVALID_ARGUMENT", "no output 'x'"),
        (changed(lambda r: r.output_filter.extend(["support"] * 2)), "INVALID_ARGUMENT", "more than once"),
        (with_input("image", tensor([b"x"])), "INVALID_ARGUMENT", "takes the one input 'pixels'; got image"),
        (with_input("pixels", tensor([b"x"])), "INVALID_ARGUMENT", "expected a tensor of type DT_UINT8"),
        (with_input("pixels", tensor(np.zeros((1, 9, 9, 3), np.uint8))), "INVALID_ARGUMENT", "got [1, 9, 9, 3]"),
        (with_input("pixels", tensor(np.zeros((0, 224, 224, 3), np.uint8))), "INVALID_ARGUMENT", "got 0"),
        (with_input("image_bytes", tensor([b""]), ""), "INVALID_ARGUMENT", "picture 0: the file is empty"),
        (with_input("image_bytes", tensor([png()[:200]]), ""), "INVALID_ARGUMENT", "damaged"),
        (with_input("image_bytes", tensor(np.zeros(1, np.uint8)), ""), "INVALID_ARGUMENT", "type DT_STRING"),
    ],
)
def test_a_wrong_request_gets_tensorflow_servings_code_and_says_what_is_wrong(
    channel: grpc.Channel, asked: pb.PredictRequest, code: str, detail: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        Methods.predict.on(channel)(asked, timeout=10)
    assert refused.value.code().name == code
    assert detail in str(refused.value.details())


def test_the_status_tells_which_versions_serve_and_why_one_doesnt(channel: grpc.Channel) -> None:
    request = pb.GetModelStatusRequest(model_spec=pb.ModelSpec(name="acne"))
    statuses = {one.version: one for one in Methods.status.on(channel)(request, timeout=5).model_version_status}
    assert {number: pb.ModelVersionStatus.State.Name(one.state) for number, one in statuses.items()} == {
        1: "AVAILABLE",
        2: "AVAILABLE",
        3: "END",
    }
    assert statuses[1].status.error_code == 0
    assert statuses[3].status.error_code != 0
    assert "no readable LiteRT model" in statuses[3].status.error_message


def test_the_status_of_one_version_or_of_a_model_that_isnt_there(channel: grpc.Channel) -> None:
    request = pb.GetModelStatusRequest(model_spec=pb.ModelSpec(name="acne", version={"value": 2}))
    assert [one.version for one in Methods.status.on(channel)(request, timeout=5).model_version_status] == [2]
    with pytest.raises(grpc.RpcError) as refused:
        Methods.status.on(channel)(pb.GetModelStatusRequest(model_spec=pb.ModelSpec(name="other")), timeout=5)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_the_metadata_describes_every_signature(channel: grpc.Channel) -> None:
    request = pb.GetModelMetadataRequest(model_spec=pb.ModelSpec(name="acne"), metadata_field=["signature_def"])
    response = Methods.metadata.on(channel)(request, timeout=5)
    packed = response.metadata["signature_def"]
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    signatures = pb.SignatureDefMap.FromString(packed.value).signature_def
    assert set(signatures) == {"serving_default", "pixels", "explain"}
    assert response.model_spec.version.value == 2
    answer = predict(channel, "explain")
    for name, info in signatures["explain"].outputs.items():
        assert info.dtype == answer.outputs[name].dtype
        found = [dim.size for dim in answer.outputs[name].tensor_shape.dim]
        told = [dim.size for dim in info.tensor_shape.dim]
        assert [size if told_size != -1 else -1 for size, told_size in zip(found, told, strict=True)] == told


def test_metadata_of_another_kind_isnt_there(channel: grpc.Channel) -> None:
    request = pb.GetModelMetadataRequest(model_spec=pb.ModelSpec(name="acne"))
    with pytest.raises(grpc.RpcError) as refused:
        Methods.metadata.on(channel)(request, timeout=5)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_config_that_moves_a_label_to_a_version_that_isnt_loaded_is_refused(channel: grpc.Channel) -> None:
    config = pb.ModelConfig(name="acne", base_path="/nowhere", version_labels={"production": 7})
    message = pb.ReloadConfigRequest(config=pb.ModelServerConfig(model_config_list=pb.ModelConfigList(config=[config])))
    with pytest.raises(grpc.RpcError) as refused:
        Methods.reload.on(channel)(message, timeout=5)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    with pytest.raises(grpc.RpcError) as refused:
        Methods.reload.on(channel)(pb.ReloadConfigRequest(), timeout=5)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert predict(channel, version_label="production").model_spec.version.value == 1


def test_the_standard_health_service_tells_whether_anything_can_be_asked(channel: grpc.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", PREDICTION_SERVICE):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_a_askedwhose_time_is_up_gets_deadline_exceeded(channel: grpc.Channel) -> None:
    request = with_input("pixels", tensor(np.tile(golden_pixels(), (16, 1, 1, 1))))
    with pytest.raises(grpc.RpcError) as refused:
        Methods.predict.on(channel)(request, timeout=0.002)
    assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
