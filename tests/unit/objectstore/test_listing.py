"""Listings: complete over many pages, whatever the keys look like, and asked again where an answer is no listing."""

from datetime import UTC, datetime

import pytest

from objectstore import ObjectStore
from objectstore.listing import read_page

PAGE = b"""<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<IsTruncated>%s</IsTruncated>%s<Contents><Key>a%%20b%%26c</Key><ETag>&quot;1&quot;</ETag><Size>3</Size>
<LastModified>2026-11-26T10:00:00Z</LastModified></Contents>
</ListBucketResult>"""


def test_a_page_says_what_lies_there_and_how_to_go_on() -> None:
    page = read_page(PAGE % (b"true", b"<NextContinuationToken>more</NextContinuationToken>"))
    assert [(each.key, each.etag, each.size) for each in page.objects] == [("a b&c", '"1"', 3)]
    assert page.objects[0].modified == datetime(2026, 11, 26, 10, tzinfo=UTC)
    assert page.following == "more"
    assert read_page(PAGE % (b"false", b"")).following is None


@pytest.mark.parametrize("answer", [b"", b"<html>", b"<ListBucketResult/>", PAGE % (b"true", b"")])
def test_another_answer_is_no_listing(answer: bytes) -> None:
    with pytest.raises(ValueError, match="no listing"):
        read_page(answer)


def test_a_walk_sees_every_object_of_many_pages(store: ObjectStore) -> None:
    names = {f"many/{number:04} &+ü.txt" for number in range(1003)}
    for name in names:
        store.signed.put(name, b"x", {})
    seen = list(store.walk("many/"))
    assert {each.key for each in seen} == names
    assert len(seen) == len(names)
    assert {each.size for each in seen} == {1}


def test_a_walk_goes_through_the_general_client_where_the_quick_way_fails(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("here/it-is", b"x")
    monkeypatch.setattr(store.signed, "get", lambda _query: None)
    assert [each.key for each in store.walk("here/")] == ["here/it-is"]
    assert store.folders("") == ["here"]


def test_folders_are_those_of_many_pages(store: ObjectStore) -> None:
    names = [f"{number:04} &+ü" for number in range(1003)]
    for name in names:
        store.signed.put(f"folders/{name}/manifest.json", b"x", {})
    store.put("folders/no-folder", b"x")
    assert store.folders("folders/") == names
