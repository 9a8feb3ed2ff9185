"""What is exported is one model: its files agree, and its bytes signature sees what `imaging` sees."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from contracts.models.outputs import PREDICT_PIXELS
from contracts.models.version import CARD_FILE, SAVED_MODEL_FOLDER, ModelDescription
from imaging import golden_pixels, read_pixels
from inference import LiteRtModel, Outputs
from support.tiny_model import tiny_classifier, write_version_folder
from trainer.network.tensorflow import tf

NUMERIC = ("probabilities", "logits", "embedding", "support", "heatmap")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("version")
    write_version_folder(folder)
    return folder


@pytest.fixture(scope="module")
def saved(folder: Path) -> Any:
    return tf.saved_model.load(str(folder / SAVED_MODEL_FOLDER)).signatures


@pytest.fixture(scope="module")
def litert(folder: Path) -> Iterator[LiteRtModel]:
    with LiteRtModel(folder) as model:
        yield model


@pytest.fixture(scope="module")
def pictures() -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(7)
    blobs = rng.integers(0, 256, size=(20, 7, 7, 3), dtype=np.uint8)
    return np.concatenate([golden_pixels(), blobs.repeat(32, axis=1).repeat(32, axis=2)])


def test_saved_model_and_litert_file_agree_on_every_output(
    saved: Any, litert: LiteRtModel, pictures: npt.NDArray[np.uint8]
) -> None:
    out, expected = litert.predict(pictures), saved["explain"](pixels=tf.constant(pictures))
    for name in NUMERIC:
        np.testing.assert_allclose(getattr(out, name), expected[name].numpy(), rtol=1e-3, atol=1e-3, err_msg=name)


def test_all_three_signatures_say_the_same(saved: Any, pictures: npt.NDArray[np.uint8]) -> None:
    photos = tf.constant([_encoded(picture, "PNG") for picture in pictures])
    by_bytes = saved["serving_default"](image_bytes=photos)
    by_pixels = saved["pixels"](pixels=tf.constant(pictures))
    explained = saved["explain"](pixels=tf.constant(pictures))
    expected = {tensor.name for tensor in PREDICT_PIXELS.outputs}
    assert (
        by_bytes.keys()
        == by_pixels.keys()
        == expected
        >= {"probabilities", "logits", "embedding", "support", "classes"}
    )
    assert explained.keys() == expected | {"heatmap"}
    for name in by_pixels.keys() - {"classes"}:
        np.testing.assert_allclose(by_bytes[name], by_pixels[name], atol=1e-5, err_msg=name)
        np.testing.assert_allclose(explained[name], by_pixels[name], atol=1e-5, err_msg=name)


def test_labels_travel_inside_the_graph(saved: Any, litert: LiteRtModel, pictures: npt.NDArray[np.uint8]) -> None:
    for signature in ("pixels", "explain"):
        classes = saved[signature](pixels=tf.constant(pictures[:1]))["classes"].numpy()
        assert [name.decode() for name in classes] == [c.name for c in litert.description.classes]


def test_golden_predictions_are_what_both_files_say(saved: Any, litert: LiteRtModel) -> None:
    golden = np.array(litert.description.golden)
    np.testing.assert_allclose(litert.predict(golden_pixels()).probabilities, golden, atol=1e-5)
    np.testing.assert_allclose(saved["pixels"](pixels=tf.constant(golden_pixels()))["probabilities"], golden, atol=1e-3)


def test_no_variable_is_stored_twice(folder: Path) -> None:
    stored = tf.train.list_variables(str(folder / SAVED_MODEL_FOLDER / "variables" / "variables"))
    sizes = [int(np.prod(shape)) for name, shape in stored if "OBJECT_GRAPH" not in name]
    assert sorted(sizes) == sorted(int(np.prod(w.shape)) for w in tiny_classifier().backbone.weights)


def test_the_heatmap_is_the_class_activation_map_of_the_top_class(
    litert: LiteRtModel, pictures: npt.NDArray[np.uint8]
) -> None:
    classifier = tiny_classifier()
    out: Outputs = litert.predict(pictures)
    maps = classifier.backbone.predict(pictures.astype(np.float32), verbose=0)
    top = out.logits.argmax(axis=1)
    activation = np.maximum(np.einsum("nhwd,dn->nhw", maps, classifier.kernel[:, top]), 0)
    expected = activation / np.maximum(activation.max(axis=(1, 2), keepdims=True), 1e-6)
    np.testing.assert_allclose(out.heatmap, expected, atol=1e-3)
    # averaged over the picture, the map before rectification is the logit without its bias
    means = np.einsum("nhwd,dn->n", maps, classifier.kernel[:, top]) / 49
    np.testing.assert_allclose(
        means, np.take_along_axis(out.logits, top[:, None], 1)[:, 0] - classifier.bias[top], atol=1e-3
    )


@pytest.mark.parametrize("size", [(224, 224), (300, 260), (640, 480), (1024, 768), (2000, 1500)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_bytes_signature_sees_what_imaging_sees(saved: Any, size: tuple[int, int], kind: str) -> None:
    data = _encoded(_scene(size), kind)
    ours = saved["pixels"](pixels=tf.constant(read_pixels(data)[None]))
    theirs = saved["serving_default"](image_bytes=tf.constant([data]))
    np.testing.assert_allclose(theirs["probabilities"], ours["probabilities"], atol=0.01)


def test_the_model_card_says_synthetic_and_not_a_diagnosis(folder: Path, litert: LiteRtModel) -> None:
    card = (folder / CARD_FILE).read_text()
    description: ModelDescription = litert.description
    assert "SYNTHETIC" in card
    assert "not a diagnosis" in card
    assert all(c.display_name in card for c in description.classes)


def _scene(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Smooth colours with sharp spots, as on skin."""
    width, height = size
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    scene = np.stack([150 + 90 * x, 120 + 60 * y, 90 + 50 * np.sin(6 * x * y)], axis=-1)
    rng = np.random.default_rng(3)
    for cx, cy in rng.uniform(0.1, 0.9, size=(25, 2)):
        scene[(x - cx) ** 2 + (y - cy) ** 2 < 0.001] = (190, 40, 50)
    return scene.astype(np.uint8)


def _encoded(picture: npt.NDArray[np.uint8], kind: str) -> bytes:
    stream = BytesIO()
    Image.fromarray(picture).save(stream, kind, quality=92)
    return stream.getvalue()
