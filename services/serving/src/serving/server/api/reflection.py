"""gRPC reflection (https://grpc.io/docs/guides/reflection/): lets grpcurl and the like find the methods."""

from functools import cached_property
from typing import Any

import grpc

from wire import MODEL_SERVICE, PREDICTION_SERVICE

SERVICE = "grpc.reflection.v1alpha.ServerReflection"
HEALTH = "grpc.health.v1.Health"


class Reflection(grpc.GenericRpcHandler):
    """Tells of everything that this server speaks; made when first asked for, since it takes 4 MB."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """The reflection service's method, and None for all others."""
        if not handler_call_details.method.startswith(f"/{SERVICE}/"):
            return None
        return self._handler.service(handler_call_details)

    @cached_property
    def _handler(self) -> grpc.GenericRpcHandler:
        from grpc_reflection.v1alpha import reflection, reflection_pb2  # noqa: PLC0415

        from serving.server.api.official_descriptors import official_descriptors  # noqa: PLC0415

        names = (PREDICTION_SERVICE, MODEL_SERVICE, HEALTH, SERVICE)
        method = grpc.stream_stream_rpc_method_handler(
            reflection.aio.ReflectionServicer(names, pool=official_descriptors()).ServerReflectionInfo,
            request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
            response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"ServerReflectionInfo": method})
