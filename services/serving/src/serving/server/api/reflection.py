"""gRPC reflection (https://grpc.io/docs/guides/reflection/): lets grpcurl and the like find the methods.

Our messages live in a package of their own, and clients look for TensorFlow Serving's names, so those are told.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import grpc
from google.protobuf import any_pb2, descriptor_pb2, wrappers_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2

from wire import MODEL_SERVICE, PREDICTION_SERVICE, Method, Methods
from wire import serving_pb2 as pb

SERVICE = "grpc.reflection.v1alpha.ServerReflection"
HEALTH = "grpc.health.v1.Health"

OURS = ".acneflow.wire."
TENSORFLOW = "tensorflow"
SERVING = "tensorflow.serving"
FRAMEWORK = {"DataType", "TensorShapeProto", "TensorProto", "TensorInfo", "SignatureDef"}
"""What lies in TensorFlow's own package; all else is TensorFlow Serving's."""


class Reflection(grpc.GenericRpcHandler):
    """Tells of everything that this server speaks; made when first asked for, since it takes 4 MB."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        if not handler_call_details.method.startswith(f"/{SERVICE}/"):
            return None
        return self._handler.service(handler_call_details)

    @cached_property
    def _handler(self) -> grpc.GenericRpcHandler:
        from grpc_reflection.v1alpha import reflection, reflection_pb2  # noqa: PLC0415

        names = (PREDICTION_SERVICE, MODEL_SERVICE, HEALTH, SERVICE)
        method = grpc.stream_stream_rpc_method_handler(
            reflection.aio.ReflectionServicer(names, pool=official_descriptors()).ServerReflectionInfo,
            request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
            response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"ServerReflectionInfo": method})


def official_descriptors() -> Any:
    pool: Any = DescriptorPool()
    for module in (any_pb2, wrappers_pb2, health_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    source = descriptor_pb2.FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(source)
    framework = _file("tensorflow.proto", TENSORFLOW, source, lambda name: name in FRAMEWORK)
    serving = _file("tensorflow_serving.proto", SERVING, source, lambda name: name not in FRAMEWORK)
    serving.dependency.append(framework.name)
    for full_name in (PREDICTION_SERVICE, MODEL_SERVICE):
        service = serving.service.add(name=full_name.rpartition(".")[2])
        for method in _methods(full_name):
            service.method.add(
                name=method.name,
                input_type=f".{SERVING}.{method.request.DESCRIPTOR.name}",
                output_type=f".{SERVING}.{method.response.DESCRIPTOR.name}",
            )
    for file in (framework, serving):
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def _file(
    name: str, package: str, source: descriptor_pb2.FileDescriptorProto, chosen: Callable[[str], bool]
) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=name, package=package, syntax="proto3")
    file.dependency.extend(["google/protobuf/any.proto", "google/protobuf/wrappers.proto"])
    file.enum_type.extend(enum for enum in source.enum_type if chosen(enum.name))
    file.message_type.extend(message for message in source.message_type if chosen(message.name))
    for message in file.message_type:
        _rename(message)
    return file


def _rename(message: descriptor_pb2.DescriptorProto) -> None:
    for field in message.field:
        if field.type_name.startswith(OURS):
            name = field.type_name.removeprefix(OURS)
            package = TENSORFLOW if name.partition(".")[0] in FRAMEWORK else SERVING
            field.type_name = f".{package}.{name}"
    for nested in message.nested_type:
        _rename(nested)


def _methods(service: str) -> Iterator[Method]:
    for method in vars(Methods).values():
        if isinstance(method, Method) and method.service == service:
            yield method
