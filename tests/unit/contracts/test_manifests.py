"""Manifests refuse what they don't fully understand, and say what was wrong."""

import pytest
from pydantic import ValidationError

from contracts import keys
from contracts.dataset import DatasetItem, Split, dataset_id
from contracts.manifest import FileEntry, InvalidManifestError, utc_now
from contracts.models.version import VersionManifest


def _manifest() -> VersionManifest:
    entry = FileEntry(path="saved_model/saved_model.pb", sha256="a" * 64, size=3)
    return VersionManifest(name="acne", version=3, created_at=utc_now(), run_id="run", files=(entry,))


def test_a_manifest_reads_back_as_it_was_written() -> None:
    assert VersionManifest.from_json(_manifest().to_json(), origin="s3://b/m.json") == _manifest()


def test_the_schema_version_is_written_inside() -> None:
    assert b'"schema_version": 1' in _manifest().to_json()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"schema_version": 1', b'"schema_version": 2', "schema_version"),
        (b'"run_id"', b'"run"', "run"),
        (b'"version": 3', b'"version": 0', "version"),
        (b"a" * 64, b"a" * 63, r"files\.0\.sha256"),
        (b'"size": 3', b'"size": -3', r"files\.0\.size"),
        (b"saved_model/saved_model.pb", b"../../etc/passwd", r"files\.0\.path"),
        (b"saved_model/saved_model.pb", b"/etc/passwd", r"files\.0\.path"),
        (b"saved_model/saved_model.pb", b"a//b", r"files\.0\.path"),
    ],
)
def test_what_isnt_understood_is_refused_by_field_and_origin(old: bytes, new: bytes, field: str) -> None:
    changed = _manifest().to_json().replace(old, new)
    with pytest.raises(InvalidManifestError, match=rf"s3://b/m\.json is no valid VersionManifest: {field}"):
        VersionManifest.from_json(changed, origin="s3://b/m.json")


def test_a_manifest_can_t_be_changed() -> None:
    with pytest.raises(ValidationError):
        _manifest().version = 4  # type: ignore[misc]


def test_equal_items_in_another_order_are_the_same_dataset() -> None:
    first = DatasetItem("a" * 64, "images/a", "rosacea", Split.TRAIN, "g1", "sample", None)
    second = DatasetItem("b" * 64, "images/b", "milia", Split.TEST, "g2", "sample", 3)
    assert dataset_id([first, second]) == dataset_id([second, first])
    assert dataset_id([first]) == dataset_id([first._replace(source="folder", skin_tone=9)])
    assert dataset_id([first]) != dataset_id([first._replace(split=Split.TEST)])


@pytest.mark.parametrize("uri", ["http://bucket/key", "s3://bucket", "s3://bucket/", "s3:///key", "key"])
def test_only_a_full_store_address_is_one(uri: str) -> None:
    with pytest.raises(ValueError, match="expected s3://"):
        keys.parse_uri(uri)


def test_an_address_splits_and_joins() -> None:
    location = keys.parse_uri("s3://bucket/datasets/ab/manifest.json")
    assert (location.bucket, location.folder) == ("bucket", "datasets/ab")
    assert str(location) == "s3://bucket/datasets/ab/manifest.json"
