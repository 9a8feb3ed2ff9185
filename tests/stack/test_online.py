"""What only a machine that can pull images shows: MinIO, TensorFlow Serving, monitoring, a GPU (make verify-online)."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from objectstore import StoreError
from support.composed_stack import RUN_TIMEOUT_S, ComposedStack, Served, waited

pytestmark = [pytest.mark.online, pytest.mark.timeout(RUN_TIMEOUT_S + 1500)]


def test_tensorflow_serving_serves_the_version_that_a_run_published(
    online: ComposedStack, served_online: Served
) -> None:
    with online.client() as client:
        answer = client.predict(served_online.pictures[0].data)
    assert answer.model.version == served_online.model.version
    status = httpx.get(f"{online.at('SERVING_REST')}/v1/models/acne", timeout=10).json()
    assert "AVAILABLE" in {version["state"] for version in status["model_version_status"]}


def test_the_official_grpc_client_asks_tensorflow_serving(
    online: ComposedStack, served_online: Served, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(served_online.pictures[0].data)
    address = f"127.0.0.1:{online.ports['SERVING']}"
    command = [sys.executable, str(online.clone / "examples" / "grpc_client.py"), str(photo), "--address", address]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_minios_users_have_their_policies(online: ComposedStack) -> None:
    online.store("scraper").put("images/aa/x.jpg", b"x")
    with pytest.raises(StoreError, match="refuses access"):
        online.store("scraper").put("models/acne/versions/99/manifest.json", b"{}")


def test_prometheus_reaches_everything_and_grafana_shows_three_dashboards(online: ComposedStack) -> None:
    def ill() -> list[str]:
        found = httpx.get(f"{online.at('PROMETHEUS')}/api/v1/targets", timeout=10).json()["data"]["activeTargets"]
        jobs = {target["labels"]["job"]: target["health"] for target in found}
        wanted = ("gateway", "model-server", "sync", "airflow", "prometheus")
        return [job for job in wanted if jobs.get(job) != "up"]

    waited(ill, timeout_s=120)
    password = online.setting("ACNEFLOW_GRAFANA_PASSWORD")
    boards = httpx.get(f"{online.at('GRAFANA')}/api/search?tag=acneflow", auth=("admin", password), timeout=10).json()
    assert len(boards) == 3


@pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="needs an NVIDIA GPU and its container toolkit")
def test_training_takes_the_gpu(online: ComposedStack) -> None:
    online.make("up", "GPU=1")
    image = f"acneflow/trainer:{online.environment['ACNEFLOW_VERSION']}"
    ask = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))"
    command = ["docker", "run", "--rm", "--gpus=all", image, "python", "-c", ask]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) > 0
