"""A version folder becomes a loaded version only if it can predict and is what it says it is."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from contracts.models.version import ModelDescription
from imaging import golden_pixels
from inference import UnusableModelError
from serving.server.loading import load_version, versions_on_disk
from serving.server.options import EngineOptions
from support.versions import Versions, broken_litert

OPTIONS = EngineOptions(workers=1)


def test_a_loaded_version_gives_the_predictions_it_was_published_with(tmp_path: Path, versions: Versions) -> None:
    description = versions.install(tmp_path, 4)
    loaded = load_version(tmp_path / "4", 4, OPTIONS)
    found = np.concatenate([loaded.engine.run(0, one[None]).probabilities for one in golden_pixels()])
    assert np.allclose(found, description.golden, atol=1e-5)
    assert loaded.classes == tuple(label.name for label in description.classes)
    loaded.close()


def describe_otherwise(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "model.json"
        description = ModelDescription.from_json(path.read_bytes(), origin="model.json")
        path.write_bytes(description.model_copy(update=changes).to_json())

    return change


def write(name: str, content: Callable[[], bytes]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content())

    return change


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (describe_otherwise(version=5), "model.json is of version 5"),
        (describe_otherwise(preprocessing="crop-299/1"), "preprocessing 'crop-299/1'"),
        (describe_otherwise(input_size=128), r"pixels has shape \[1, 224, 224, 3\]"),
        (write("model.json", lambda: b"{}"), "no valid ModelDescription"),
        (write("model.tflite", lambda: b""), "no readable LiteRT model"),
        (write("model.tflite", lambda: bytes(10_000)), "no readable LiteRT model"),
        (write("model.tflite", partial(broken_litert, "nans")), "not finite numbers"),
        (write("model.tflite", partial(broken_litert, "one_class_more")), r"probabilities has shape \[1, 5\]"),
        (lambda folder: (folder / "model.tflite").unlink(), r"model\.tflite"),
    ],
)
def test_a_version_that_cant_predict_or_is_another_one_isnt_loaded(
    tmp_path: Path, versions: Versions, spoil: Callable[[Path], None], reason: str
) -> None:
    versions.install(tmp_path, 4)
    spoil(tmp_path / "4")
    with pytest.raises(UnusableModelError, match=reason):
        load_version(tmp_path / "4", 4, OPTIONS)


def test_a_lite_rt_file_that_was_cut_short_isnt_loaded(tmp_path: Path, versions: Versions) -> None:
    versions.install(tmp_path, 4)
    path = tmp_path / "4" / "model.tflite"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnusableModelError):
        load_version(tmp_path / "4", 4, OPTIONS)


def test_only_folders_named_by_a_number_are_versions(tmp_path: Path) -> None:
    for name in ("1", "20", ".tmp-3", "latest", "-4"):
        (tmp_path / name).mkdir()
    (tmp_path / "7").write_text("a file")
    assert versions_on_disk(tmp_path) == {1, 20}
    assert set(versions_on_disk(tmp_path / "nowhere")) == set()
