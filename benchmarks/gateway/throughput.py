"""How many photos a second, by h2load: the same cheap client for REST and for gRPC.

It takes 0.15 ms of a core for a photo either way. Python's clients take several times that, and not equally, and they
run on the cores of what is measured.
"""

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import grpc
import numpy as np

from wire import Methods, tensor
from wire import serving_pb2 as pb

PROBE = 60
"""Photos by which the rate is guessed, and after which everything is warm."""
DEADLINE_S = 60
GRPC_HEADER = struct.Struct(">?I")
"""Compressed or not, and the message's length (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md)."""


def rest(address: str, photo: Path, clients: int, seconds: float) -> dict[str, float]:
    """Photos posted to the gateway.

    Raises:
        RuntimeError: if h2load isn't there, or a request wasn't answered with a prediction.
    """
    options = ["--h1", "-d", photo, "-H", "content-type: image/jpeg", f"http://{address}/v1/predict"]
    return _measured(options, clients, seconds, answer_bytes=None)


def direct(address: str, photo: Path, clients: int, seconds: float) -> dict[str, float]:
    """Photos sent to the model server, which decodes them.

    Raises:
        RuntimeError: as `rest`.
    """
    spec = pb.ModelSpec(name="acne", signature_name="serving_default", version_label="production")
    inputs = {"image_bytes": tensor([photo.read_bytes()])}
    body = pb.PredictRequest(
        model_spec=spec, inputs=inputs, output_filter=["probabilities", "support"]
    ).SerializeToString()
    with grpc.insecure_channel(address) as channel:
        answer: bytes = channel.unary_unary(Methods.predict.path)(body, timeout=DEADLINE_S)
    with tempfile.TemporaryDirectory() as name:
        message = Path(name) / "request"
        message.write_bytes(GRPC_HEADER.pack(False, len(body)) + body)
        headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"]
        options = [*headers, "-d", message, f"http://{address}{Methods.predict.path}"]
        return _measured(options, clients, seconds, answer_bytes=GRPC_HEADER.size + len(answer))


def _measured(options: Sequence[object], clients: int, seconds: float, *, answer_bytes: int | None) -> dict[str, float]:
    probe = _run(options, clients, PROBE, answer_bytes)
    return _run(options, clients, max(PROBE, round(probe["images_per_s"] * seconds)), answer_bytes)


def _run(options: Sequence[object], clients: int, requests: int, answer_bytes: int | None) -> dict[str, float]:
    if shutil.which("h2load") is None:
        msg = "h2load isn't installed; Debian's package nghttp2-client has it"
        raise RuntimeError(msg)
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "log"
        counts = ["-n", requests, "-c", clients, "-m", 1, "-t", 1]
        command = ["h2load", *counts, f"--log-file={log}", *options]
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
        rows = np.loadtxt(log, dtype=np.int64, ndmin=2)
    # a refusal by gRPC is HTTP's 200 too, but brings no message
    expected = f"{requests} 2xx" if answer_bytes is None else f"({requests * answer_bytes}) data"
    if f"{requests} succeeded" not in run.stdout or expected not in run.stdout:
        msg = f"not every request was answered with a prediction: expected {expected} in\n{run.stdout}"
        raise RuntimeError(msg)
    began_us, took_us = rows[:, 0], rows[:, 2]
    return {
        "images": requests,
        "images_per_s": round(requests / float(np.max(began_us + took_us) - np.min(began_us)) * 1e6, 2),
        "p50_ms": round(float(np.percentile(took_us, 50)) / 1e3, 2),
        "p99_ms": round(float(np.percentile(took_us, 99)) / 1e3, 2),
    }
