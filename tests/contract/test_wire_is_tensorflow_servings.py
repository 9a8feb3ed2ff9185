"""Our subset of the protos and the official package's: the same names, numbers and types, the same bytes."""

from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2, types_pb2
from tensorflow.core.protobuf import error_codes_pb2, meta_graph_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_pb2,
    model_service_pb2,
    predict_pb2,
    prediction_log_pb2,
    prediction_service_pb2,
    status_pb2,
)
from tensorflow_serving.config import model_server_config_pb2
from tensorflow_serving.config.file_system_storage_path_source_pb2 import FileSystemStoragePathSourceConfig

from wire import Method, Methods
from wire import serving_pb2 as ours

OFFICIAL: dict[str, type[Message]] = {
    "TensorShapeProto": tensor_shape_pb2.TensorShapeProto,
    "TensorProto": tensor_pb2.TensorProto,
    "TensorInfo": meta_graph_pb2.TensorInfo,
    "SignatureDef": meta_graph_pb2.SignatureDef,
    "ModelSpec": model_pb2.ModelSpec,
    "PredictRequest": predict_pb2.PredictRequest,
    "PredictResponse": predict_pb2.PredictResponse,
    "SignatureDefMap": get_model_metadata_pb2.SignatureDefMap,
    "GetModelMetadataRequest": get_model_metadata_pb2.GetModelMetadataRequest,
    "GetModelMetadataResponse": get_model_metadata_pb2.GetModelMetadataResponse,
    "StatusProto": status_pb2.StatusProto,
    "GetModelStatusRequest": get_model_status_pb2.GetModelStatusRequest,
    "ModelVersionStatus": get_model_status_pb2.ModelVersionStatus,
    "GetModelStatusResponse": get_model_status_pb2.GetModelStatusResponse,
    "ServableVersionPolicy": FileSystemStoragePathSourceConfig.ServableVersionPolicy,
    "ModelConfig": model_server_config_pb2.ModelConfig,
    "ModelConfigList": model_server_config_pb2.ModelConfigList,
    "ModelServerConfig": model_server_config_pb2.ModelServerConfig,
    "ReloadConfigRequest": model_management_pb2.ReloadConfigRequest,
    "ReloadConfigResponse": model_management_pb2.ReloadConfigResponse,
    "PredictLog": prediction_log_pb2.PredictLog,
    "PredictionLog": prediction_log_pb2.PredictionLog,
}

NOT_IN_THE_PACKAGE = {"PrometheusConfig", "MonitoringConfig"}
"""Of tensorflow_serving/config/monitoring_config.proto, which the official Python package leaves out."""


def test_every_message_of_ours_has_an_official_counterpart() -> None:
    assert set(ours.DESCRIPTOR.message_types_by_name) == set(OFFICIAL) | NOT_IN_THE_PACKAGE


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_field_has_the_official_name_number_and_type(name: str) -> None:
    _compare(ours.DESCRIPTOR.message_types_by_name[name], OFFICIAL[name].DESCRIPTOR)


@pytest.mark.parametrize(("mine", "official"), [(ours.DataType, types_pb2.DataType), (ours.Code, error_codes_pb2.Code)])
def test_every_value_of_an_enum_has_the_official_number(mine: Any, official: Any) -> None:
    numbers = dict(official.items())
    assert {name: numbers[name] for name, _ in mine.items()} == dict(mine.items())


@pytest.mark.parametrize(
    ("method", "services"),
    [
        (Methods.predict, prediction_service_pb2),
        (Methods.metadata, prediction_service_pb2),
        (Methods.status, model_service_pb2),
        (Methods.reload, model_service_pb2),
    ],
)
def test_every_method_is_found_under_its_official_path(method: Method, services: Any) -> None:
    package = services.DESCRIPTOR.package
    official = {
        f"/{package}.{service.name}/{rpc.name}": (rpc.input_type.name, rpc.output_type.name)
        for service in services.DESCRIPTOR.services_by_name.values()
        for rpc in service.methods
    }
    assert official[method.path] == (method.request.DESCRIPTOR.name, method.response.DESCRIPTOR.name)


@pytest.mark.parametrize("name", OFFICIAL)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_bytes_are_the_same_in_both_directions(name: str, data: st.DataObject) -> None:
    template = ours.DESCRIPTOR.message_types_by_name[name]
    content = data.draw(contents(template))
    mine, theirs = getattr(ours, name)(), OFFICIAL[name]()
    fill(mine, content)
    fill(theirs, content)
    written_by_us, written_by_them = (message.SerializeToString(deterministic=True) for message in (mine, theirs))
    assert written_by_us == written_by_them
    read_by_them, read_by_us = type(theirs).FromString(written_by_us), type(mine).FromString(written_by_them)
    assert read_by_them.SerializeToString(deterministic=True) == written_by_us
    assert read_by_us.SerializeToString(deterministic=True) == written_by_us


def test_what_we_dont_know_of_passes_through_unharmed() -> None:
    official = predict_pb2.PredictRequest(client_id=b"somebody")
    official.inputs["x"].dtype = types_pb2.DT_HALF
    official.inputs["x"].half_val.extend([1, 2])
    data = official.SerializeToString(deterministic=True)
    assert ours.PredictRequest.FromString(data).SerializeToString(deterministic=True) == data


def _compare(mine: Any, official: Any) -> None:
    for field in mine.fields:
        counterpart = official.fields_by_number.get(field.number)
        assert counterpart is not None, f"{official.full_name} has no field {field.number}"
        for aspect in ("name", "type", "is_repeated", "has_presence"):
            assert getattr(field, aspect) == getattr(counterpart, aspect), f"{field.full_name}: {aspect}"
        oneofs = [f.containing_oneof.name if f.containing_oneof else None for f in (field, counterpart)]
        assert oneofs[0] == oneofs[1], field.full_name
        if field.enum_type is not None and field.enum_type.containing_type is not None:
            theirs = {value.name: value.number for value in counterpart.enum_type.values}
            assert {value.name: value.number for value in field.enum_type.values} == theirs
        if field.message_type is not None and field.message_type.file is mine.file:
            _compare(field.message_type, counterpart.message_type)


SCALARS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_FLOAT: st.floats(width=32, allow_nan=False),
    FieldDescriptor.TYPE_DOUBLE: st.floats(allow_nan=False),
    FieldDescriptor.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=20),
    FieldDescriptor.TYPE_STRING: st.text(max_size=10),
}


def contents(descriptor: Any) -> st.SearchStrategy[dict[str, Any]]:
    """What may stand in a message: field name → value, at most one field of each oneof."""
    fields = {field.name: _values(field) for field in descriptor.fields}
    drawn = st.fixed_dictionaries({}, optional=fields)
    return drawn.map(lambda content: _one_of_each(descriptor, content))


def _one_of_each(descriptor: Any, content: dict[str, Any]) -> dict[str, Any]:
    for oneof in descriptor.oneofs:
        for name in [field.name for field in oneof.fields if field.name in content][1:]:
            del content[name]
    return content


def _values(field: Any) -> st.SearchStrategy[Any]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = (field.message_type.fields_by_name[part] for part in ("key", "value"))
        return st.dictionaries(_single(key), _single(value), max_size=3)
    return st.lists(_single(field), max_size=3) if field.is_repeated else _single(field)


def _single(field: Any) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.message_type is not None:
        return st.deferred(lambda: contents(field.message_type))
    return SCALARS[field.type]


def fill(message: Any, content: dict[str, Any]) -> None:
    """Write the same content into a message of either package."""
    for name, value in content.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        target = getattr(message, name)
        is_message = field.message_type is not None
        if is_message and field.message_type.GetOptions().map_entry:
            for key, item in value.items():
                if isinstance(item, dict):
                    fill(target[key], item)
                else:
                    target[key] = item
        elif field.is_repeated and is_message:
            for item in value:
                fill(target.add(), item)
        elif field.is_repeated:
            target.extend(value)
        elif is_message:
            target.SetInParent()
            fill(target, value)
        else:
            setattr(message, name, value)
