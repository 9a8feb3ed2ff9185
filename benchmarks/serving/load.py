"""The clients: threads that ask for one picture's `pixels` each, again and again, over one channel each.

A process of its own, so that its Python threads don't stand in the way of whoever measures. Writes one JSON line.
"""

import json
import sys
import threading
import time

import grpc
import numpy as np

from wire import Methods, tensor
from wire import serving_pb2 as pb

DEADLINE_S = 60


def main(address: str, clients: int, seconds: float) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    spec = pb.ModelSpec(name="acne", signature_name="pixels", version_label="production")
    outputs = ["probabilities", "classes", "support"]
    body = pb.PredictRequest(model_spec=spec, inputs={"pixels": tensor(pixels)}, output_filter=outputs)
    request = body.SerializeToString()
    latencies: list[list[float]] = [[] for _ in range(clients)]
    asked = [0]
    began = time.perf_counter() + 0.3
    end = began + seconds

    def ask(mine: list[float]) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(address, options=options) as channel:
            predict = channel.unary_unary(Methods.predict.path)
            while (sent := time.perf_counter()) < end:
                predict(request, timeout=DEADLINE_S)
                asked[0] += 1
                if sent >= began:
                    mine.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in latencies]
    for thread in threads:
        thread.start()
    while time.perf_counter() < began:
        time.sleep(0.01)
    cpu = time.process_time()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - began
    cpu_s = time.process_time() - cpu
    every = np.sort(np.concatenate([np.array(mine) for mine in latencies]))
    print(
        json.dumps(
            {
                "seconds": round(took_s, 3),
                "images": asked[0],
                "images_per_s": round(len(every) / took_s, 1),
                "p50_ms": round(float(np.percentile(every, 50)) * 1e3, 2),
                "p99_ms": round(float(np.percentile(every, 99)) * 1e3, 2),
                "client_cpu_ms_per_image": round(cpu_s / len(every) * 1e3, 3),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
