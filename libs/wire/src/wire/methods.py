"""The RPCs by their official names: what a client calls and what a server registers.

gRPC finds a method by its path alone, so our own message classes serve clients of the official package.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message

from wire import serving_pb2 as pb

PREDICTION_SERVICE = "tensorflow.serving.PredictionService"
MODEL_SERVICE = "tensorflow.serving.ModelService"

Handler = Callable[[Any, Any], Message | Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Method:
    service: str
    name: str
    request: type[Message]
    response: type[Message]

    @property
    def path(self) -> str:
        return f"/{self.service}/{self.name}"

    def on(self, channel: grpc.Channel | grpc.aio.Channel, *, serialized: bool = False) -> Any:
        """A callable that performs this RPC over a channel (awaitable on an aio channel).

        Args:
            channel: to the server.
            serialized: requests are bytes already.
        """
        return channel.unary_unary(
            self.path,
            request_serializer=None if serialized else self.request.SerializeToString,
            response_deserializer=self.response.FromString,
        )


class Methods:
    """All RPCs of the contract."""

    predict = Method(PREDICTION_SERVICE, "Predict", pb.PredictRequest, pb.PredictResponse)
    metadata = Method(PREDICTION_SERVICE, "GetModelMetadata", pb.GetModelMetadataRequest, pb.GetModelMetadataResponse)
    status = Method(MODEL_SERVICE, "GetModelStatus", pb.GetModelStatusRequest, pb.GetModelStatusResponse)
    reload = Method(MODEL_SERVICE, "HandleReloadConfigRequest", pb.ReloadConfigRequest, pb.ReloadConfigResponse)


def generic_handlers(implementations: Mapping[Method, Handler]) -> list[grpc.GenericRpcHandler]:
    """What a server needs to answer the given methods; handlers take (request, context)."""
    services: dict[str, dict[str, grpc.RpcMethodHandler[Any, Any]]] = {}
    for method, handler in implementations.items():
        services.setdefault(method.service, {})[method.name] = grpc.unary_unary_rpc_method_handler(
            handler,
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )
    return [grpc.method_handlers_generic_handler(service, methods) for service, methods in services.items()]
