"""The example for small boards: the same answers as ours, with nothing of ours imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.models.decisions import decide
from imaging import PREPROCESSING, read_pixels
from inference import LiteRtModel
from support.photos import CONFIDENT_RGB, UNCERTAIN_RGB, UNSUPPORTED_RGB, photo
from support.versions import Versions

ALONE = """
import runpy, sys
from importlib.abc import MetaPathFinder
class Nothing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"contracts", "imaging", "inference", "tensorflow", "pydantic", "objectstore"}:
            raise ImportError(f"{name} isn't on a small board")
sys.meta_path.insert(0, Nothing())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def on_the_board(repository: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    example = repository / "examples" / "edge" / "predict.py"
    command = [sys.executable, "-c", ALONE, str(example), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def version(versions: Versions, tmp_path: Path) -> Path:
    """The two files that are copied to a board; the float one stands in for int8."""
    folder = tmp_path / "version"
    folder.mkdir()
    for name, target in (("model.tflite", "model.int8.tflite"), ("model.json", "model.json")):
        (folder / target).write_bytes((versions.folder(1) / name).read_bytes())
    return folder


def test_it_decides_as_we_do_with_nothing_of_ours(
    repository: Path, versions: Versions, version: Path, tmp_path: Path
) -> None:
    paths = []
    for name, rgb in {"a": CONFIDENT_RGB, "b": UNCERTAIN_RGB, "c": UNSUPPORTED_RGB}.items():
        paths.append(tmp_path / f"{name}.jpg")
        paths[-1].write_bytes(photo(rgb))
    done = on_the_board(repository, "--model", version, *paths, "--repeat", 2)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ".jpg: " in line)
    with LiteRtModel(versions.folder(1)) as model:
        about = model.description
        for path in paths:
            outputs = model.submit(read_pixels(path.read_bytes())).result()
            support = float(outputs.support[0])
            expected = decide(outputs.probabilities[0].tolist(), support, about.classes, about.thresholds)
            said = lines[str(path)]
            assert said.startswith(expected.decision)
            if expected.decision != "unsupported":
                assert expected.ranked[0].display_name in said
                assert f"{expected.ranked[0].probability:.1%}" in said
    assert "not a diagnosis" in done.stdout


def test_it_sees_pixels_as_we_do(repository: Path) -> None:
    source = (repository / "examples" / "edge" / "predict.py").read_text()
    assert f'PREPROCESSING = "{PREPROCESSING}"' in source


def test_what_cant_be_used_is_said_so(repository: Path, version: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(photo()[:300])
    done = on_the_board(repository, "--model", version, bad)
    assert done.returncode == 1
    assert "not used" in done.stdout
    about = json.loads((version / "model.json").read_text())
    (version / "model.json").write_text(json.dumps(about | {"preprocessing": "centre-crop/1"}))
    other = on_the_board(repository, "--model", version, bad)
    assert other.returncode == 2
    assert "'centre-crop/1'" in other.stderr
