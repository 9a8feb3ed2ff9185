"""The clients: h2load, which asks for one picture's `pixels` again and again, over one connection per client.

It takes a third of the CPU time of gRPC's Python client, and that counts: clients run on the server's cores.
"""

import resource
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import grpc
import numpy as np

from wire import Methods, tensor
from wire import serving_pb2 as pb

DEADLINE_S = 60
GRPC_HEADER = struct.Struct(">?I")
"""Compressed or not, and the message's length (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md)."""


def load(address: str, clients: int, requests: int) -> dict[str, float]:
    """Ask `requests` times, `clients` at a time, and return rate, latency and the client's CPU time.

    Raises:
        RuntimeError: if h2load isn't there, or if an answer wasn't a prediction.
    """
    if shutil.which("h2load") is None:
        msg = "h2load isn't installed; Debian's package nghttp2-client has it"
        raise RuntimeError(msg)
    body = _request()
    with tempfile.TemporaryDirectory() as name:
        message, log = Path(name) / "request", Path(name) / "log"
        message.write_bytes(GRPC_HEADER.pack(False, len(body)) + body)
        counts = ["-n", requests, "-c", clients, "-m", 1, "-t", 1]
        headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"]
        url = f"http://{address}{Methods.predict.path}"
        command = ["h2load", *counts, *headers, "-d", message, f"--log-file={log}", url]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        rows = np.loadtxt(log, dtype=np.int64, ndmin=2)
    # a refusal is HTTP's 200 too, but brings no message
    expected = f"({requests * (GRPC_HEADER.size + _answer_bytes(address, body))}) data"
    if f"{requests} succeeded" not in run.stdout or expected not in run.stdout:
        msg = f"not every request was answered with a prediction: expected {expected} in\n{run.stdout}"
        raise RuntimeError(msg)
    began_us, took_us = rows[:, 0], rows[:, 2]
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "images": requests,
        "images_per_s": round(requests / float(np.max(began_us + took_us) - np.min(began_us)) * 1e6, 1),
        "p50_ms": round(float(np.percentile(took_us, 50)) / 1e3, 2),
        "p99_ms": round(float(np.percentile(took_us, 99)) / 1e3, 2),
        "client_cpu_ms_per_image": round(cpu_s / requests * 1e3, 3),
    }


def _request() -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    spec = pb.ModelSpec(name="acne", signature_name="pixels", version_label="production")
    outputs = ["probabilities", "classes", "support"]
    return pb.PredictRequest(
        model_spec=spec, inputs={"pixels": tensor(pixels)}, output_filter=outputs
    ).SerializeToString()


def _answer_bytes(address: str, body: bytes) -> int:
    with grpc.insecure_channel(address) as channel:
        answer: bytes = channel.unary_unary(Methods.predict.path)(body, timeout=DEADLINE_S)
    return len(answer)
