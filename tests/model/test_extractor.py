"""The frozen part as a LiteRT file: converted once for a machine, and again only when that file was damaged."""

from pathlib import Path

import numpy as np
import pytest

from contracts.run import StartingWeights, TrainSettings
from imaging import INPUT_SIDE_PX
from support.colour_weights import write_colour_weights
from trainer.network.extractor import extractor_file, open_engine
from trainer.network.feature_cache import Halves
from trainer.network.weights import Weights, digest, read_hdf5

SETTINGS = TrainSettings(architecture="MobileNetV3Small")
CONVERTING = "converting the frozen part"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    path = tmp_path_factory.mktemp("weights") / "colours.h5"
    write_colour_weights(path, SETTINGS.architecture)
    arrays = read_hdf5(path, SETTINGS.architecture)
    return Weights(arrays, StartingWeights(source="path", name=path.name, sha256=digest(arrays)))


def a_row(weights: Weights, cache: Path) -> Halves:
    pixels = np.full((1, INPUT_SIDE_PX, INPUT_SIDE_PX, 3), 99, np.uint8)
    with open_engine("litert", SETTINGS, weights, cache) as extract:
        return extract(pixels)


def test_it_is_converted_once_and_again_when_damaged(
    weights: Weights, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = a_row(weights, tmp_path)
    assert CONVERTING in capsys.readouterr().out
    (file,) = (tmp_path / "extractors").iterdir()

    assert np.array_equal(a_row(weights, tmp_path), first)
    assert capsys.readouterr().out == ""

    file.write_bytes(file.read_bytes()[:-1])
    assert np.array_equal(a_row(weights, tmp_path), first)
    said = capsys.readouterr().out
    assert f"making the extractor again: {file} is damaged" in said
    assert CONVERTING in said
    assert len(list((tmp_path / "extractors").iterdir())) == 1, "the damaged one is gone"


def test_another_network_doesnt_get_it(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = iter((b"one", b"other"))
    monkeypatch.setattr("trainer.export.litert.litert", lambda _: next(contents))
    one, other = (extractor_file(name, SETTINGS, weights, tmp_path) for name in ("one", "other"))
    assert one != other
    assert extractor_file("one", SETTINGS, weights, tmp_path) == one


def test_random_weights_leave_nothing_behind(tmp_path: Path) -> None:
    a_row(Weights(None, StartingWeights(source="none", name="random", sha256=None)), tmp_path)
    assert list(tmp_path.iterdir()) == []
