"""Triton's own client against the gateway, as its users have it: in an environment of its own.

It pins libraries that TensorFlow needs newer, so it can't be in ours.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from support.gateway import CANDIDATE, PRODUCTION, Gateway
from support.photos import UNCERTAIN_RGB, photo

CLIENT = "tritonclient[http]==2.73.0"
CACHE = Path(__file__).resolve().parents[3] / ".tools" / "tritonclient"

WITH_TRITONS_CLIENT = """
import json, sys
import numpy as np
import tritonclient.http as triton

address, version = sys.argv[1:]
photos = [bytes.fromhex(line) for line in sys.stdin.read().split()]
client = triton.InferenceServerClient(address)
assert client.is_server_live() and client.is_server_ready()
assert client.is_model_ready("acne") and client.is_model_ready("acne", version)
assert client.get_server_metadata()["name"] == "acneflow"
metadata = client.get_model_metadata("acne")
tensor = triton.InferInput("image", [len(photos)], "BYTES")
found = []
for binary in (True, False):
    data = photos if binary else [__import__("base64").b64encode(photo) for photo in photos]
    tensor.set_data_from_numpy(np.array(data, dtype=np.object_), binary_data=binary)
    wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("probabilities", "label")]
    answer = client.infer("acne", [tensor], model_version=version, outputs=wanted, request_id="7")
    assert answer.get_response()["id"] == "7"
    found.append(answer.as_numpy("probabilities").tolist())
try:
    client.infer("nothing", [tensor])
except triton.InferenceServerException as error:
    refused = str(error)
print(json.dumps({"metadata": metadata, "probabilities": found, "refused": refused}))
"""


def tritons_environment() -> Path:
    """The Python of an environment with Triton's client; made once."""
    python = CACHE / "bin" / "python"
    if python.exists():
        return python
    uv = os.environ.get("UV") or shutil.which("uv") or str(CACHE.parent / "bin" / "uv")
    try:
        subprocess.run([uv, "venv", "--quiet", CACHE], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, CLIENT], check=True)
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(CACHE, ignore_errors=True)
        pytest.skip("Triton's client can't be installed: it needs uv (set UV=<path>) and a package index")
    return python


def test_tritons_client_connects_as_it_is(gateway: Gateway, http: httpx.Client) -> None:
    photos = [photo(), photo(UNCERTAIN_RGB)]
    python = tritons_environment()
    command = [str(python), "-c", WITH_TRITONS_CLIENT, gateway.url.removeprefix("http://"), str(CANDIDATE)]
    lines = "\n".join(data.hex() for data in photos)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["metadata"]["versions"] == [str(PRODUCTION)]
    assert "'acne'" in found["refused"]
    for row, data in zip(found["probabilities"][0], photos, strict=True):
        ours = http.post("/v1/predict", files={"image": data}, params={"version": CANDIDATE, "top_k": 1}).json()
        assert max(row) == pytest.approx(ours["prediction"]["confidence"], abs=1e-5)
    assert found["probabilities"][0] == found["probabilities"][1]
