"""Conditional puts, verified downloads and manifests written last, against a real S3 server."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from pydantic import SecretStr

from contracts.manifest import FileEntry, InvalidManifestError, utc_now
from contracts.models.version import VersionManifest
from contracts.steps import InvalidInputError
from objectstore import (
    IntegrityError,
    ObjectNotFoundError,
    ObjectStore,
    PreconditionFailedError,
    StoreSettings,
    StoreUnavailableError,
    load_document,
    publish_folder,
    read_document,
)
from objectstore.s3 import connect
from stack.seaweedfs import free_ports


def test_of_ten_writers_that_want_an_absent_key_one_wins(store: ObjectStore) -> None:
    def claim(writer: int) -> bool:
        try:
            store.put("claim", str(writer).encode(), if_absent=True)
        except PreconditionFailedError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(claim, range(10))) == 1


def test_a_put_with_an_outdated_etag_is_refused_and_changes_nothing(store: ObjectStore) -> None:
    old = store.put("doc", b"1")
    store.put("doc", b"2", if_match=old)
    with pytest.raises(PreconditionFailedError, match=r"s3://.*/doc"):
        store.put("doc", b"3", if_match=old)
    assert store.get("doc").body == b"2"


def test_an_object_is_written_once_and_never_over(store: ObjectStore) -> None:
    store.put("images/a b/1+ü.jpg", b"first", if_absent=True)
    with pytest.raises(PreconditionFailedError):
        store.put("images/a b/1+ü.jpg", b"second", if_absent=True)
    assert store.get("images/a b/1+ü.jpg").body == b"first"
    info = store.head("images/a b/1+ü.jpg")
    assert info is not None
    assert info.size == 5
    (listed,) = store.walk("images/a b/")
    assert listed == info
    assert store.folders("images/") == ["a b"]


def test_a_store_that_refuses_us_is_named(store: ObjectStore, store_settings: StoreSettings) -> None:
    stranger = ObjectStore(store_settings.model_copy(update={"store_secret_key": SecretStr("wrong")}))
    for call in (stranger.get, stranger.head, stranger.folders, lambda key: stranger.put(key, b"")):
        with pytest.raises(StoreUnavailableError, match="refuses access"):
            call("a")
    assert store.head("a") is None


def test_an_unchanged_object_isnt_read_again(store: ObjectStore) -> None:
    etag = store.put("doc", b"1")
    assert store.get_if_changed("doc", etag) is None
    store.put("doc", b"2")
    changed = store.get_if_changed("doc", etag)
    assert changed is not None
    assert changed.body == b"2"


def test_what_isnt_there_is_named(store: ObjectStore) -> None:
    assert store.head("nothing") is None
    with pytest.raises(ObjectNotFoundError, match=r"s3://.*/nothing"):
        store.get("nothing")
    with pytest.raises(ObjectNotFoundError):
        store.get_if_changed("nothing", '"etag"')


@pytest.mark.parametrize(("content", "size"), [(b"abcX", 4), (b"abc", 3), (b"abcdefgh", 8)])
def test_a_download_with_other_content_leaves_nothing_behind(
    store: ObjectStore, tmp_path: Path, content: bytes, size: int
) -> None:
    store.put("file", content)
    expected = hashlib.sha256(b"abcd").hexdigest()
    with pytest.raises(IntegrityError, match="expected 4 bytes"):
        store.download("file", tmp_path / "file", sha256=expected, size=4)
    assert list(tmp_path.iterdir()) == []


def test_a_verified_download_arrives_whole(store: ObjectStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    store.put("file", content)
    path = tmp_path / "deep" / "file"
    store.download("file", path, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    assert path.read_bytes() == content


def test_a_folder_gets_its_manifest_last_with_every_files_hash(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.bin").write_bytes(b"b")
    (tmp_path / "a.txt").write_bytes(b"a")
    seen_before_manifest: list[str] = []

    def manifest(files: tuple[FileEntry, ...]) -> VersionManifest:
        seen_before_manifest.extend(info.key for info in store.walk("models/"))
        return VersionManifest(name="acne", version=1, created_at=utc_now(), run_id="r", files=files)

    uri = publish_folder(store, "models/acne/versions/1", tmp_path, manifest)
    assert seen_before_manifest == ["models/acne/versions/1/a.txt", "models/acne/versions/1/inner/b.bin"]
    read = load_document(store, uri, VersionManifest)
    assert [(f.path, f.sha256) for f in read.files] == [
        ("a.txt", hashlib.sha256(b"a").hexdigest()),
        ("inner/b.bin", hashlib.sha256(b"b").hexdigest()),
    ]
    assert store.folders("models/acne/versions/") == ["1"]


def test_a_document_that_isnt_one_is_refused_by_name(store: ObjectStore) -> None:
    store.put("m.json", b'{"name": "acne"}')
    with pytest.raises(InvalidManifestError, match=r"s3://.*/m\.json is no valid VersionManifest"):
        read_document(store, "m.json", VersionManifest)


def test_a_uri_of_another_bucket_is_bad_input(store: ObjectStore) -> None:
    with pytest.raises(InvalidInputError, match="bucket 'other'"):
        load_document(store, "s3://other/m.json", VersionManifest)


def test_a_store_that_is_away_says_where_it_should_be() -> None:
    (port,) = free_ports(1)
    endpoint = f"http://127.0.0.1:{port}"
    settings = StoreSettings.model_validate(
        {"bucket": "b", "store_endpoint": endpoint, "store_access_key": "k", "store_secret_key": "s"}
    )
    gone = ObjectStore(settings)
    for call in (gone.get, gone.head, gone.folders, lambda key: gone.put(key, b"")):
        with pytest.raises(StoreUnavailableError, match=f"{endpoint} can't be reached.*is it running"):
            call("x")


def test_a_mutable_object_is_copied_to_a_file_with_its_etag_and_back(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "copy"
    path.write_bytes(b"x" * 3_000_000)
    with path.open("rb") as file:
        etag = store.put("state", file, if_absent=True)
    path.unlink()
    assert store.fetch("state", path) == etag
    assert path.read_bytes() == b"x" * 3_000_000
    with pytest.raises(ObjectNotFoundError):
        store.fetch("absent", path)


@pytest.mark.parametrize(
    ("bucket", "region", "address"),
    [
        ("b1x", "eu-central-1", "https://b1x.s3.eu-central-1.amazonaws.com/"),
        ("with.dots", "eu-central-1", "https://s3.eu-central-1.amazonaws.com/with.dots/"),
    ],
)
def test_on_aws_a_bucket_is_asked_in_its_region(bucket: str, region: str, address: str) -> None:
    settings = {"bucket": bucket, "store_region": region, "store_access_key": "k", "store_secret_key": "s"}
    client = connect(StoreSettings.model_validate(settings))
    assert obstore.sign(client, "GET", "key", timedelta(minutes=1)).startswith(f"{address}key?")
