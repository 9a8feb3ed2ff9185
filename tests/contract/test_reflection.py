"""What gRPC reflection shows is what the official package has: the same methods, and fields of the same numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tensorflow_serving.apis import predict_pb2

from support.model_server import running_model_server


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProtoReflectionDescriptorDatabase]:
    volume: Path = tmp_path_factory.mktemp("volume")
    with running_model_server(volume) as server, grpc.insecure_channel(server.address) as channel:
        yield ProtoReflectionDescriptorDatabase(channel)


def test_the_services_are_listed(database: ProtoReflectionDescriptorDatabase) -> None:
    assert {
        "tensorflow.serving.PredictionService",
        "tensorflow.serving.ModelService",
        "grpc.health.v1.Health",
    } <= set(database.get_services())


def test_a_client_that_knows_nothing_finds_method_and_messages(database: ProtoReflectionDescriptorDatabase) -> None:
    pool = DescriptorPool(database)
    predict: Any = pool.FindServiceByName("tensorflow.serving.PredictionService").FindMethodByName("Predict")
    assert predict.output_type.full_name == "tensorflow.serving.PredictResponse"
    found: Any = predict.input_type
    official = predict_pb2.PredictRequest.DESCRIPTOR
    assert found.full_name == official.full_name
    for field in found.fields:
        assert official.fields_by_number[field.number].name == field.name
    tensors = found.fields_by_name["inputs"].message_type.fields_by_name["value"]
    assert (tensors.type, tensors.message_type.full_name) == (FieldDescriptor.TYPE_MESSAGE, "tensorflow.TensorProto")
