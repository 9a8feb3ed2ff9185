"""What gRPC in Python costs by itself: a server that takes the same request and answers at once, running no network."""

import sys

import grpc
import grpc.aio
import uvloop

from wire import PREDICTION_SERVICE

ANSWER = bytes(250)


async def answer(_request: bytes, _context: object) -> bytes:
    return ANSWER


async def main(address: str) -> None:
    server = grpc.aio.server()
    method = {"Predict": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(PREDICTION_SERVICE, method)])
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
