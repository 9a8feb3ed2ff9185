"""A version folder in LiteRT, and everything about it that is refused."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from contracts.models.version import DESCRIPTION_FILE, LITERT_FILE, ModelDescription
from inference import InterpreterPool, LiteRtModel, UnusableModelError
from support.versions import FIXTURES, broken_litert


@pytest.fixture(scope="module")
def published() -> Path:
    return FIXTURES / "0"


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    shutil.copytree(published, tmp_path / "version")
    return tmp_path / "version"


@pytest.fixture(scope="module")
def model(published: Path) -> Iterator[LiteRtModel]:
    with LiteRtModel(published, workers=2) as model:
        yield model


def solid(*rgb: int) -> npt.NDArray[np.uint8]:
    return np.full((224, 224, 3), rgb, np.uint8)


def test_results_come_in_the_order_of_the_images(model: LiteRtModel) -> None:
    pictures = np.stack([solid(i * 10, 255 - i * 10, 90) for i in range(25)])
    together = model.predict(pictures)
    for picture, probabilities in zip(pictures, together.probabilities, strict=True):
        np.testing.assert_array_equal(model.submit(picture).result().probabilities[0], probabilities)


def test_many_threads_may_share_a_model(model: LiteRtModel) -> None:
    pictures = [solid(i, i, i) for i in range(64)]
    expected = [model.submit(picture).result().logits for picture in pictures]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda picture: model.submit(picture).result().logits, pictures))
    np.testing.assert_array_equal(np.stack(found), np.stack(expected))


def test_probabilities_add_up_and_the_heatmap_stays_within_bounds(model: LiteRtModel) -> None:
    out = model.predict(np.stack([solid(200, 150, 120), solid(30, 20, 10)]))
    np.testing.assert_allclose(out.probabilities.sum(axis=1), 1.0, atol=1e-6)
    assert out.heatmap.shape == (2, 7, 7)
    assert out.heatmap.min() >= 0.0
    assert out.heatmap.max() <= 1.0


def test_skin_is_supported_and_pure_blue_isnt(model: LiteRtModel) -> None:
    threshold = model.description.thresholds.unsupported
    skin, blue = model.predict(np.stack([solid(198, 134, 66), solid(0, 0, 255)])).support
    assert blue < threshold < skin


@pytest.mark.parametrize(
    "pixels", [np.zeros((224, 224, 3), np.float32), np.zeros((1, 224, 224, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)]
)
def test_pixels_of_another_shape_or_type_are_refused(model: LiteRtModel, pixels: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \[224, 224, 3\]"):
        model.submit(pixels)


@pytest.mark.parametrize("name", [DESCRIPTION_FILE, LITERT_FILE])
def test_a_folder_without_one_of_its_files_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(UnusableModelError, match=name):
        LiteRtModel(folder)


@pytest.mark.parametrize("content", [b"", b"no model at all"])
def test_a_file_that_is_no_model_is_refused(folder: Path, content: bytes) -> None:
    (folder / LITERT_FILE).write_bytes(content)
    with pytest.raises(UnusableModelError, match="no readable LiteRT model"):
        LiteRtModel(folder)


def test_a_truncated_model_is_refused(folder: Path) -> None:
    whole = (folder / LITERT_FILE).read_bytes()
    (folder / LITERT_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableModelError):
        LiteRtModel(folder)


def test_a_model_with_other_classes_than_its_description_is_refused(folder: Path) -> None:
    path = folder / DESCRIPTION_FILE
    description = ModelDescription.from_json(path.read_bytes(), origin="test")
    path.write_bytes(description.model_copy(update={"classes": description.classes[:3]}).to_json())
    with pytest.raises(UnusableModelError, match=r"probabilities has shape \[1, 4\], model.json asks for \[1, 3\]"):
        LiteRtModel(folder)


def test_a_model_that_lacks_outputs_is_refused_with_their_names(folder: Path) -> None:
    (folder / LITERT_FILE).write_bytes(broken_litert("logits_only"))
    with pytest.raises(UnusableModelError, match="lacks embedding, heatmap, probabilities, support"):
        LiteRtModel(folder)


def test_a_signature_that_isnt_there_is_named(published: Path) -> None:
    with pytest.raises(UnusableModelError, match="no signature 'predict'"):
        InterpreterPool(published / LITERT_FILE, "predict")
