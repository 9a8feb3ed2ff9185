"""A version whose manifest is right may still be broken: what is seen before any model server sees it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.manifest import utc_now
from contracts.models.version import VersionManifest
from serving.errors import VersionRefusedError
from serving.sync.download import check_contents
from support.versions import Versions

SHARD = "variables/variables.data-00000-of-00001"


def manifest() -> VersionManifest:
    return VersionManifest(name="acne", version=1, created_at=utc_now(), run_id="run", files=())


def cut(name: str, keep: Callable[[int], int]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: keep(len(data))])

    return spoil


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def describe(**changes: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "model.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return spoil


def swap_labels(folder: Path) -> None:
    labels = json.loads((folder / "model.json").read_text())["classes"]
    describe(classes=labels[::-1])(folder)


def test_a_published_version_passes(tmp_path: Path, versions: Versions) -> None:
    versions.install(tmp_path, 1)
    check_contents(tmp_path / "1", manifest())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (remove("variables/variables.index"), r"variables/variables\.index is missing"),
        (remove(SHARD), r"variables/variables\.data-00000-of-\* is missing"),
        (cut("saved_model.pb", lambda _: 100), "the graph's labels aren't those of model.json"),
        (remove("saved_model.pb"), r"saved_model\.pb is missing"),
        (remove("model.tflite"), r"model\.tflite is missing"),
        (swap_labels, "the graph's labels aren't those of model.json, in that order: acne-pustular, milia"),
        (describe(input_size=128), "takes pictures of 128 px, but here they have 224 px"),
        (describe(version=2), "is of acne version 2, unlike the manifest"),
    ],
)
def test_a_version_that_cant_be_what_it_says_is_refused(
    tmp_path: Path, versions: Versions, spoil: Callable[[Path], None], reason: str
) -> None:
    versions.install(tmp_path, 1)
    spoil(tmp_path / "1")
    with pytest.raises(VersionRefusedError, match=reason):
        check_contents(tmp_path / "1", manifest())
