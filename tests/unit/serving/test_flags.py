"""A command line written for TensorFlow Serving: what is obeyed, what changes nothing, and what stops the start."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from contracts.steps import InvalidInputError
from imaging import golden_pixels
from serving.errors import StartError
from serving.server.api.rest_api import metrics_path
from serving.server.options import check_other_flags
from support.model_server import running_model_server
from support.versions import Versions
from wire import Methods, tensor
from wire import serving_pb2 as pb

SERVING = str(Path(sys.executable).with_name("serving"))


def test_flags_without_effect_are_accepted_with_the_reason(logged: list[dict[str, Any]]) -> None:
    check_other_flags(["--num_load_threads=1", "--max_num_load_retries", "1", "--enable_batching=false"])
    assert [line["flag"] for line in logged] == ["--num_load_threads", "--max_num_load_retries"]
    assert "a version that can't be loaded is reported at once" in logged[1]["reason"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--ssl_config_file=/tls"], "--ssl_config_file can't be obeyed: this server speaks clear text only"),
        (["--enable_batching"], "--enable_batching can't be obeyed: batches don't help"),
        (["--ports=1"], "--ports is no flag"),
        (["nonsense"], "expected a flag, got 'nonsense'"),
    ],
)
def test_a_flag_that_would_have_to_be_obeyed_stops_the_start(arguments: list[str], fault: str) -> None:
    with pytest.raises(InvalidInputError, match=fault):
        check_other_flags(arguments)


@pytest.mark.parametrize(
    ("flags", "code", "fault"),
    [
        (["--ssl_config_file=/tls"], 2, "clear text only"),
        ([], 1, "nothing to serve: give --model_config_file"),
        (["--model_base_path=/nowhere", "--precision", "int4"], 2, "int4"),
    ],
)
def test_a_command_line_that_cant_be_obeyed_says_why(flags: list[str], code: int, fault: str) -> None:
    run = subprocess.run([SERVING, "serve", *flags], capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == code
    assert fault in run.stderr
    assert "Traceback" not in run.stderr


def test_without_a_config_file_the_latest_version_of_a_folder_is_served_and_a_newer_one_is_found(
    tmp_path: Path, versions: Versions
) -> None:
    versions.install(tmp_path / "acne", 1)
    socket = tmp_path / "socket"
    monitoring = tmp_path / "monitoring.config"
    monitoring.write_text('prometheus_config { enable: true path: "/metrics" }')
    flags = ["--model_name=acne", f"--model_base_path={tmp_path}/acne", f"--grpc_socket_path={socket}"]
    flags += ["--file_system_poll_wait_seconds=0.1", f"--monitoring_config_file={monitoring}", "--precision=int8"]
    with (
        running_model_server(tmp_path, flags=flags) as server,
        grpc.insecure_channel(f"unix:{socket}") as channel,
        httpx.Client(base_url=server.rest_url) as rest,
    ):
        inputs = {"pixels": tensor(golden_pixels())}
        request = pb.PredictRequest(model_spec=pb.ModelSpec(name="acne", signature_name="pixels"), inputs=inputs)
        predict = Methods.predict.on(channel)
        assert predict(request, timeout=5).model_spec.version.value == 1
        assert "no int8 file, served in float" in server.log.read_text()
        versions.install(tmp_path / "incoming", 2)
        (tmp_path / "incoming" / "2").rename(tmp_path / "acne" / "2")
        while predict(request, timeout=5).model_spec.version.value == 1:
            pass
        text = rest.get("/metrics").text
        assert ':tensorflow:serving:request_count{model_name="acne",status="OK"}' in text
        assert (
            f':tensorflow:cc:saved_model:load_attempt_count{{model_path="{tmp_path}/acne/2",status="success"}} 1'
            in text
        )
        assert rest.get("/monitoring/prometheus/metrics").status_code == 404


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("prometheus_config { enable: true }", "/monitoring/prometheus/metrics"),
        ('prometheus_config { enable: true path: "/m" }', "/m"),
        ("prometheus_config { enable: false }", ""),
        ("", ""),
    ],
)
def test_the_monitoring_config_says_where_the_metrics_are(tmp_path: Path, text: str, path: str) -> None:
    (tmp_path / "monitoring.config").write_text(text)
    assert metrics_path(tmp_path / "monitoring.config") == path


@pytest.mark.parametrize("text", ["prometheus {", 'prometheus_config { enable: true path: "m" }'])
def test_a_monitoring_config_that_cant_be_used_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "monitoring.config").write_text(text)
    with pytest.raises(StartError, match="monitoring"):
        metrics_path(tmp_path / "monitoring.config")
    with pytest.raises(StartError, match="can't be read"):
        metrics_path(tmp_path / "nowhere")
