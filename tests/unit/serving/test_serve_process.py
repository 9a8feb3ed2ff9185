"""The model server as a process: how it starts, follows its config file, and ends."""

import signal
import socket
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import grpc
import httpx
import pytest
from PIL import Image

from imaging import golden_pixels
from stack.seaweedfs import free_ports
from support.model_server import POLL_S, model_config, running_model_server, write_config
from support.versions import Versions
from wire import Methods, tensor
from wire import serving_pb2 as pb

SERVING = str(Path(sys.executable).with_name("serving"))


def request(label: str | None = None) -> pb.PredictRequest:
    spec = pb.ModelSpec(name="acne", signature_name="pixels", version_label=label)
    return pb.PredictRequest(model_spec=spec, inputs={"pixels": tensor(golden_pixels())})


def test_it_starts_before_its_config_file_is_there_and_follows_it(tmp_path: Path, versions: Versions) -> None:
    versions.install(tmp_path / "acne", 1)
    with running_model_server(tmp_path) as server, grpc.insecure_channel(server.address) as channel:
        with pytest.raises(grpc.RpcError) as refused:
            Methods.predict.on(channel)(request(), timeout=5)
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
        server.tell(1, production=1)
        while True:
            try:
                Methods.predict.on(channel)(request("production"), timeout=5)
            except grpc.RpcError:
                time.sleep(0.05)
            else:
                break
        assert server.log.read_text().count("waiting for it") == 1


def test_a_damaged_config_file_changes_nothing_and_is_complained_of_once(tmp_path: Path, versions: Versions) -> None:
    versions.install(tmp_path / "acne", 1)
    write_config(tmp_path, model_config(tmp_path, 1))
    with running_model_server(tmp_path) as server, grpc.insecure_channel(server.address) as channel:
        (tmp_path / "models.config").write_text("model_config_list { config {")
        while "model config not applied" not in server.log.read_text():
            time.sleep(POLL_S)
        # seen once more, without another word
        time.sleep(3 * POLL_S)
        assert Methods.predict.on(channel)(request(), timeout=5).model_spec.version.value == 1
        assert server.log.read_text().count("model config not applied") == 1


def test_sigterm_lets_a_request_in_flight_end_and_exits_well(tmp_path: Path, versions: Versions) -> None:
    versions.install(tmp_path / "acne", 1)
    write_config(tmp_path, model_config(tmp_path, 1))
    stream = BytesIO()
    Image.linear_gradient("L").resize((2000, 2000)).convert("RGB").save(stream, "PNG")
    photos = {"image_bytes": tensor([stream.getvalue()] * 4)}
    slow = pb.PredictRequest(model_spec=pb.ModelSpec(name="acne"), inputs=photos)
    with running_model_server(tmp_path) as server, grpc.insecure_channel(server.address) as channel:
        Methods.predict.on(channel)(request(), timeout=5)
        answer = Methods.predict.on(channel).future(slow, timeout=30)
        while (
            "acneflow_serving_waiting_images{} 4"
            not in httpx.get(f"{server.rest_url}/monitoring/prometheus/metrics").text
        ):
            assert not answer.done()
        server.process.send_signal(signal.SIGTERM)
        assert not answer.done()
        assert answer.result().model_spec.version.value == 1
        assert server.process.wait(timeout=10) == 0
    assert "stopping" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (free,) = free_ports(1)
        for ports in ({"--port": port}, {"--port": free, "--rest_api_port": port}):
            flags = [str(part) for pair in ports.items() for part in pair]
            command = [SERVING, "serve", *flags, "--model_config_file", str(tmp_path / "models.config")]
            run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            assert run.returncode == 1
            assert f"can't listen on 127.0.0.1:{port}" in run.stderr
            assert "Traceback" not in run.stderr


def test_no_tensorflow_comes_into_the_process() -> None:
    program = "import sys, serving.server.serve; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert not {"tensorflow", "keras", "boto3"} & set(run.stdout.split())
