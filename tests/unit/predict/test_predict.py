"""`predict.py` as people run it: a process of its own, on files, without any server."""

import csv
import io
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contracts.models.decisions import NOTICE
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE
from imaging import read_pixels
from inference import LiteRtModel
from serving.model_config import ModelConfig, Specific
from stack.seaweedfs import free_ports
from support.gateway import Gateway
from support.model_server import write_config
from support.photos import CONFIDENT_RGB, UNCERTAIN_RGB, UNSUPPORTED_RGB, heic, photo, picture
from support.versions import Versions

VERSION = 1


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with one photo of each kind, one that is damaged, and one that is none."""
    folder = tmp_path / "photos" / "deeper"
    folder.mkdir(parents=True)
    for name, rgb in {"a": CONFIDENT_RGB, "b": UNCERTAIN_RGB, "c": UNSUPPORTED_RGB}.items():
        (folder / f"{name}.JPG").write_bytes(photo(rgb))
    (folder / "d.png").write_bytes(photo()[:400])
    (folder / "notes.txt").write_text("no photo")
    return folder.parent


def run(repository: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
    command = [sys.executable, str(repository / "predict.py"), *map(str, arguments)]
    return subprocess.run(command, env=inherited | environment, capture_output=True, text=True, check=False)


def test_a_folder_is_answered_photo_by_photo_and_the_bad_one_named(
    repository: Path, versions: Versions, photos: Path
) -> None:
    done = run(repository, photos, "--model", versions.folder(VERSION), "--json", "--top-k", "2")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    found = {Path(entry.pop("photo")).name: entry for entry in answer["photos"]}
    assert [found[f"{name}.JPG"]["decision"] for name in "abc"] == ["confident", "uncertain", "unsupported"]
    assert "damaged" in found["d.png"]["error"]
    assert len(found) == 4
    assert (answer["model"]["version"], answer["model"]["synthetic"]) == (VERSION, True)
    assert answer["notice"] == NOTICE
    with LiteRtModel(versions.folder(VERSION)) as model:
        expected = model.predict(read_pixels((photos / "deeper" / "a.JPG").read_bytes())[np.newaxis])
    confidences = [entry["confidence"] for entry in found["a.JPG"]["top_k"]]
    assert confidences == pytest.approx(sorted(expected.probabilities[0].tolist(), reverse=True)[:2], abs=1e-4)


def test_a_heic_photo_is_answered_as_the_same_jpeg(repository: Path, versions: Versions, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "IMG_0001.HEIC").write_bytes(heic(picture(CONFIDENT_RGB)))
    done = run(repository, tmp_path / "photos", "--model", versions.folder(VERSION), "--json")
    assert (done.returncode, answers(done)["IMG_0001.HEIC"]["decision"]) == (0, "confident"), done.stderr


def test_the_table_says_what_each_answer_is_worth(repository: Path, versions: Versions, photos: Path) -> None:
    done = run(repository, photos, "--model", versions.folder(VERSION), COLUMNS="160")
    for said in ("confident: Most like", "uncertain: The model is not sure", "unsupported: ", "not used: "):
        assert said in done.stdout
    assert "Synthetic: " in done.stdout
    assert "not a diagnosis" in done.stdout
    unsupported = done.stdout.partition("unsupported: ")[2]
    assert "█" not in unsupported


def answers(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    """File name → what the JSON says of it."""
    return {Path(entry["photo"]).name: entry for entry in json.loads(done.stdout)["photos"]}


def test_any_of_a_versions_files_answers(repository: Path, versions: Versions, photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "version"
    shutil.copytree(versions.folder(VERSION), folder)
    # how well a true int8 file agrees is the export's affair; here it is which file is run
    shutil.copy(folder / LITERT_FILE, folder / LITERT_INT8_FILE)
    asked = [str(photos / "deeper" / f"{name}.JPG") for name in "ab"]
    for arguments in (
        ["--model", folder],
        ["--model", folder / LITERT_INT8_FILE],
        ["--model", folder, "--engine", "int8"],
        ["--model", folder / "saved_model"],
    ):
        done = run(repository, *asked, "--json", *arguments)
        assert done.returncode == 0, done.stderr
        found = answers(done)
        assert [found[f"{name}.JPG"]["decision"] for name in "ab"] == ["confident", "uncertain"]
    missing = run(repository, *asked, "--model", versions.folder(VERSION), "--engine", "int8")
    assert missing.returncode == 2
    assert LITERT_INT8_FILE in missing.stderr


def test_a_glob_is_expanded_and_csv_has_a_row_for_each_photo(
    repository: Path, versions: Versions, photos: Path
) -> None:
    done = run(repository, photos / "**" / "[ad].*", "--model", versions.folder(VERSION), "--format", "csv")
    assert done.returncode == 1
    first, second = csv.DictReader(io.StringIO(done.stdout))
    assert (Path(first["photo"]).name, first["decision"], first["error"]) == ("a.JPG", "confident", "")
    assert float(first["confidence_1"]) > float(first["confidence_2"]) > 0
    assert (Path(second["photo"]).name, second["decision"]) == ("d.png", "")
    assert "damaged" in second["error"]


def test_an_overlay_is_written_for_each_photo_that_is_given_a_class(
    repository: Path, versions: Versions, photos: Path, tmp_path: Path
) -> None:
    target = tmp_path / "looked"
    done = run(repository, photos, "--model", versions.folder(VERSION), "--explain", target, "--json")
    assert sorted(path.name for path in target.iterdir()) == ["a.explained.png", "b.explained.png"]
    found = answers(done)
    assert found["a.JPG"]["explanation"] == str(target / "a.explained.png")
    assert "explanation" not in found["c.JPG"]
    with Image.open(target / "a.explained.png") as drawn, Image.open(photos / "deeper" / "a.JPG") as original:
        assert drawn.size == original.size
        assert drawn.tobytes() != original.convert("RGB").tobytes()


def test_a_gateway_can_be_asked_instead(repository: Path, gateway: Gateway, photos: Path, tmp_path: Path) -> None:
    done = run(repository, photos, "--gateway", gateway.url, "--json", "--explain", tmp_path / "looked")
    found = answers(done)
    assert [found[f"{name}.JPG"]["decision"] for name in "abc"] == ["confident", "uncertain", "unsupported"]
    assert "damaged" in str(found["d.png"]["error"])
    assert (tmp_path / "looked" / "a.explained.png").exists()
    (port,) = free_ports(1)
    away = run(repository, photos, "--gateway", f"http://127.0.0.1:{port}")
    assert away.returncode == 2
    assert "can't be reached" in away.stderr


def test_one_photo_is_answered_within_a_second_of_work_and_without_tensorflow(
    repository: Path, versions: Versions, photos: Path
) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run(repository, photos / "deeper" / "a.JPG", "--model", versions.folder(VERSION))
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert spent < 2.0  # 0.5 s on a quiet machine; TensorFlow alone would take more
    code = f"import sys; sys.argv = ['predict.py', {str(photos / 'deeper' / 'a.JPG')!r}, '--json', '--model', "
    code += f"{str(versions.folder(VERSION))!r}]\nimport predict\ntry: predict.app()\nfinally: "
    code += "print('loaded:', *{'tensorflow', 'grpc', 'httpx', 'rich'} & sys.modules.keys(), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1].strip() == "loaded:"


def test_without_a_named_model_the_one_in_production_answers(
    repository: Path, versions: Versions, photos: Path, tmp_path: Path
) -> None:
    volume = tmp_path / "volume"
    for number in (VERSION, 2):
        versions.install(volume / "acne", number)
    both = Specific(frozenset({VERSION, 2}))
    labels = {"production": VERSION, "candidate": 2}
    write_config(volume, ModelConfig("acne", volume / "acne", both, labels))
    done = run(repository, photos / "deeper" / "a.JPG", "--json", ACNEFLOW_SERVING_VOLUME=str(volume))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"]["version"] == VERSION


def test_what_is_missing_is_named_with_what_to_do(
    repository: Path, versions: Versions, photos: Path, tmp_path: Path
) -> None:
    photo_file, model = photos / "deeper" / "a.JPG", versions.folder(VERSION)
    write_config(tmp_path)
    (tmp_path / "empty").mkdir()
    for arguments, environment, said in (
        ([photo_file], {"ACNEFLOW_SERVING_VOLUME": str(tmp_path / "none")}, "make demo"),
        ([photo_file], {"ACNEFLOW_SERVING_VOLUME": str(tmp_path)}, "names no version of 'acne' as production"),
        ([photo_file, "--model", tmp_path], {}, "model.json can't be read"),
        ([tmp_path / "empty", "--model", model], {}, "no JPEG, PNG, WebP or HEIC file"),
    ):
        done = run(repository, *arguments, **environment)
        assert done.returncode == 2
        assert said in done.stderr
    missing = run(repository, tmp_path / "nothing.jpg", "--model", model, COLUMNS="200")
    assert missing.returncode == 1
    assert "No such file" in missing.stdout
