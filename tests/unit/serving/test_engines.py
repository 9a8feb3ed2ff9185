"""The engines say the same of the same picture, each from its own file of the version."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imaging import golden_pixels
from inference import UnusableModelError
from serving.server.engines import open_engine
from serving.server.loading import load_version
from serving.server.options import EngineName, EngineOptions, Precision
from support.versions import Versions

TENSORFLOW_TOLERANCE = 0.02
INT8_TOLERANCE = 0.1


def test_the_saved_model_gives_the_golden_predictions(tmp_path: Path, versions: Versions) -> None:
    description = versions.install(tmp_path, 1)
    loaded = load_version(tmp_path / "1", 1, EngineOptions(EngineName.SAVEDMODEL))
    outputs = loaded.engine.run(0, golden_pixels())
    assert np.max(np.abs(outputs.probabilities - np.array(description.golden))) <= TENSORFLOW_TOLERANCE
    assert outputs.heatmap.shape == (4, 7, 7)
    loaded.close()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("name", ["variables.index", "variables.data-00000-of-00001"])
@pytest.mark.parametrize("spoil", [Path.unlink, cut_short])
def test_a_saved_model_without_all_of_its_variables_isnt_loaded(
    tmp_path: Path, versions: Versions, name: str, spoil: Callable[[Path], None]
) -> None:
    versions.install(tmp_path, 1)
    spoil(tmp_path / "1" / "variables" / name)
    with pytest.raises(UnusableModelError, match="holds no SavedModel with the signature"):
        load_version(tmp_path / "1", 1, EngineOptions(EngineName.SAVEDMODEL))


def test_int8_is_used_where_a_version_has_it_and_float_where_not(
    tmp_path: Path, versions: Versions, logged: list[dict[str, Any]]
) -> None:
    description = versions.install(tmp_path, 3)
    int8 = tmp_path / "3" / "model.int8.tflite"
    int8.rename(tmp_path / int8.name)
    options = EngineOptions(precision=Precision.INT8)
    golden = golden_pixels()
    fallback = open_engine(tmp_path / "3", options)
    assert np.allclose(fallback.run(0, golden[:1]).probabilities, description.golden[0], atol=1e-5)
    assert [line["file"] for line in logged] == ["model.int8.tflite"]
    fallback.close()
    (tmp_path / int8.name).rename(int8)
    engine = open_engine(tmp_path / "3", options)
    found = np.concatenate([engine.run(0, one[None]).probabilities for one in golden])
    difference = np.max(np.abs(found - np.array(description.golden)))
    assert 0 < difference <= INT8_TOLERANCE
    engine.close()
