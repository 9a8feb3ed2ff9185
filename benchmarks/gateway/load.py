"""One client that asks about the photo again as soon as it has its answer, for the time it takes. Writes one JSON line.

Modes: `http` posts the photo to the gateway; `pixels` decodes it here and sends pixels over gRPC, as somebody would who
asks the model server for themselves.
"""

import http.client
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import numpy as np

from imaging import read_pixels
from wire import Methods, tensor
from wire import serving_pb2 as pb

DEADLINE_S = 60
OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)]


def asker(mode: str, address: str, photo: bytes) -> Callable[[], object]:
    if mode == "http":
        host, _, port = address.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=DEADLINE_S)

        def post() -> None:
            connection.request("POST", "/v1/predict", photo, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body

        return post
    predict = grpc.insecure_channel(address, options=OPTIONS).unary_unary(Methods.predict.path)
    spec = pb.ModelSpec(name="acne", signature_name="pixels", version_label="production")

    def ask() -> None:
        inputs = {"pixels": tensor(read_pixels(photo)[np.newaxis])}
        request = pb.PredictRequest(model_spec=spec, inputs=inputs, output_filter=["probabilities", "support"])
        predict(request.SerializeToString(), timeout=DEADLINE_S)

    return ask


def main(mode: str, address: str, path: str, seconds: float) -> None:
    ask = asker(mode, address, Path(path).read_bytes())
    latencies: list[float] = []
    began = time.perf_counter() + 0.5
    while (sent := time.perf_counter()) < began + seconds:
        ask()
        if sent >= began:
            latencies.append(time.perf_counter() - sent)
    p50_ms, p99_ms = (round(float(value) * 1e3, 2) for value in np.percentile(latencies, [50, 99]))
    rate = round(len(latencies) / (time.perf_counter() - began), 2)
    print(json.dumps({"images_per_s": rate, "p50_ms": p50_ms, "p99_ms": p99_ms}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
