"""The committed versions that all other tests use are those that the export makes; else make.py makes them again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.models.outputs import CLASSES, OUTPUTS, SIGNATURES, Signature, Size
from contracts.models.version import LITERT_FILE, SAVED_MODEL_FOLDER
from imaging import INPUT_SIDE_PX, golden_pixels
from inference import SIGNATURE, LiteRtModel, Runner
from support.tiny_model import FILTERS, write_version_folder
from support.versions import FIXTURES, SEEDS, read_description, rotated
from trainer.network.tensorflow import tf

TOLERANCE = 1e-4
MADE_AT = {"trained_at"}


@pytest.fixture(scope="module", params=range(SEEDS))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A committed version, and the same one exported now."""
    folder = tmp_path_factory.mktemp("exported")
    write_version_folder(folder, seed=request.param, classes=rotated(request.param))
    return FIXTURES / str(request.param), folder


def test_they_have_the_files_and_the_description_of_an_export(pair: tuple[Path, Path]) -> None:
    committed, exported = ({str(file.relative_to(folder)) for file in folder.rglob("*.*")} for folder in pair)
    assert committed - {"model.int8.tflite"} == exported
    ours, theirs = (read_description(folder) for folder in pair)
    np.testing.assert_allclose(ours.golden, theirs.golden, atol=TOLERANCE)
    unlike = MADE_AT | {"golden"}
    assert ours.model_dump(exclude=unlike) == theirs.model_dump(exclude=unlike)


def test_their_litert_files_take_and_give_out_the_same(pair: tuple[Path, Path]) -> None:
    ours, theirs = (Runner(folder / LITERT_FILE, SIGNATURE) for folder in pair)
    assert (ours.inputs, ours.outputs) == (theirs.inputs, theirs.outputs)
    assert ours.outputs.keys() == {output.name for output in OUTPUTS}
    answers = []
    for folder in pair:
        with LiteRtModel(folder, workers=1) as model:
            answers.append(model.predict(golden_pixels()))
    for output in OUTPUTS:
        np.testing.assert_allclose(answers[0][output], answers[1][output], atol=TOLERANCE)


def test_their_saved_models_have_the_signatures_that_the_contract_names(pair: tuple[Path, Path]) -> None:
    committed, exported = (tf.saved_model.load(str(folder / SAVED_MODEL_FOLDER)) for folder in pair)
    assert committed.signatures.keys() == exported.signatures.keys() == SIGNATURES.keys()
    for name, signature in SIGNATURES.items():
        assert described(committed.signatures[name]) == described(exported.signatures[name]) == contract(signature)
    pixels = tf.constant(golden_pixels())
    ours, theirs = (model.signatures[SIGNATURE](pixels=pixels) for model in (committed, exported))
    for output in OUTPUTS:
        np.testing.assert_allclose(ours[output.name], theirs[output.name], atol=TOLERANCE)
    assert ours[CLASSES.name].numpy().tolist() == theirs[CLASSES.name].numpy().tolist()


def described(signature: Any) -> dict[str, tuple[str, tuple[int | None, ...]]]:
    tensors = [*signature.structured_input_signature[1].values()]
    named = {one.name: one for one in tensors} | signature.structured_outputs
    return {name: (one.dtype.name, tuple(one.shape.as_list())) for name, one in named.items()}


def contract(signature: Signature) -> dict[str, tuple[str, tuple[int | None, ...]]]:
    known = {Size.SIDE: INPUT_SIDE_PX, Size.CLASSES: len(rotated(0)), Size.EMBEDDING: FILTERS}
    return {one.name: (one.dtype, one.sizes(known)) for one in (signature.input, *signature.outputs)}
