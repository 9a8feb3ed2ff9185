"""Closed-loop clients: each asks about the photo again as soon as it has its answer. Writes one JSON line.

Modes: `http` posts the photo to the gateway; `photo` sends it to the model server over gRPC, which decodes it; `pixels`
decodes it here and sends pixels over gRPC, as somebody would who asks the model server for themselves.
"""

import http.client
import json
import sys
import threading
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
    outputs = ["probabilities", "support"]

    def request(signature: str, name: str, value: pb.TensorProto) -> bytes:
        spec = pb.ModelSpec(name="acne", signature_name=signature, version_label="production")
        return pb.PredictRequest(model_spec=spec, inputs={name: value}, output_filter=outputs).SerializeToString()

    if mode == "photo":
        return lambda: predict(request("serving_default", "image_bytes", tensor([photo])), timeout=DEADLINE_S)
    return lambda: predict(request("pixels", "pixels", tensor(read_pixels(photo)[np.newaxis])), timeout=DEADLINE_S)


def main(mode: str, address: str, path: str, clients: int, seconds: float) -> None:
    photo = Path(path).read_bytes()
    latencies: list[list[float]] = [[] for _ in range(clients)]
    began = time.perf_counter() + 0.5
    end = began + seconds

    def work(mine: list[float]) -> None:
        ask = asker(mode, address, photo)
        while (sent := time.perf_counter()) < end:
            ask()
            if sent >= began:
                mine.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in latencies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - began
    every = np.concatenate([np.array(mine) for mine in latencies])
    print(
        json.dumps(
            {
                "images_per_s": round(len(every) / took_s, 2),
                "p50_ms": round(float(np.percentile(every, 50)) * 1e3, 2),
                "p99_ms": round(float(np.percentile(every, 99)) * 1e3, 2),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
