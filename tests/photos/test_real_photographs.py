"""The same loop on real photographs: Debian's tuxpaint stamps, PNG cut-outs in five classes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.models.version import ModelDescription
from stack.production import production_model
from support.embedded_stack import Demo, EmbeddedStack

pytestmark = [pytest.mark.photos, pytest.mark.timeout(900)]

STAMPS = Path("/usr/share/tuxpaint/stamps")
CLASSES = {
    "birds": "animals/birds",
    "mammals": "animals/mammals",
    "fruit": "food/fruit",
    "flowers": "plants/flowers",
    "vegetables": "food/vegetables",
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of class folders, without the drawings."""
    if not STAMPS.exists():
        pytest.fail(f"{STAMPS} is missing; `make test-photos` installs it (Debian's tuxpaint-stamps-default)")
    root = tmp_path_factory.mktemp("photos")
    for name, source in CLASSES.items():
        (root / name).mkdir()
        for path in (STAMPS / source).rglob("*.png"):
            if "cartoon" not in path.parts:
                shutil.copy(path, root / name / path.name)
    return root


@pytest.fixture(scope="module")
def demo(photos: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A stack after `make demo SOURCE=folder DATA=<photos>`."""
    stack = EmbeddedStack.fresh(repository, tmp_path_factory.mktemp("embedded"))
    try:
        outcome = stack.run("demo", "--source", "folder", "--data", str(photos))
        assert outcome.returncode == 0, outcome.stdout
        yield Demo(stack, outcome.stdout)
    finally:
        stack.run("down")


def _model(demo: Demo) -> ModelDescription:
    model = production_model(demo.stack.store, "acne")
    assert model is not None
    return model


def test_there_are_169_photographs_in_five_classes(photos: Path) -> None:
    assert len(list(photos.rglob("*.png"))) == 169
    assert sorted(path.name for path in photos.iterdir()) == sorted(CLASSES)


def test_the_model_reaches_080_accuracy_on_held_out_photographs(demo: Demo) -> None:
    model = _model(demo)
    assert {label.name for label in model.classes} == set(CLASSES)
    assert model.metrics.accuracy.value >= 0.80, str(model.metrics.accuracy)


def test_photographs_are_not_called_synthetic(demo: Demo) -> None:
    assert not _model(demo).synthetic
    assert "synthetic" not in demo.output.split("Predictions")[1]
    assert demo.output.count("the model says:") == 3
