"""Many small objects that never change, into a real S3 server."""

import pytest
from pydantic import SecretStr

from objectstore import ImmutableWriter, ObjectStore, StoreSettings, StoreUnavailableError
from stack.seaweedfs import free_ports


def test_an_object_is_written_once_and_never_over(store: ObjectStore) -> None:
    writer = ImmutableWriter(store)
    assert writer.put("images/a b/1+ü.jpg", b"first", content_type="image/jpeg")
    assert not writer.put("images/a b/1+ü.jpg", b"second", content_type="image/jpeg")
    assert store.get("images/a b/1+ü.jpg").body == b"first"


def test_a_store_that_refuses_us_is_named(store: ObjectStore, store_settings: StoreSettings) -> None:
    stranger = store_settings.model_copy(update={"store_secret_key": SecretStr("wrong")})
    with pytest.raises(StoreUnavailableError, match="refuses access"):
        ImmutableWriter(ObjectStore(stranger)).put("a", b"", content_type="text/plain")
    assert store.head("a") is None


def test_a_store_that_isnt_there_is_named(store_settings: StoreSettings) -> None:
    (port,) = free_ports(1)
    gone = store_settings.model_copy(update={"store_endpoint": f"http://127.0.0.1:{port}"})
    with pytest.raises(StoreUnavailableError, match="is it running"):
        ImmutableWriter(ObjectStore(gone)).put("a", b"", content_type="text/plain")
