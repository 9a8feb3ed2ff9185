"""Listings: complete over many pages, whatever the keys look like."""

from objectstore import ObjectStore


def test_a_walk_sees_every_object_of_many_pages(store: ObjectStore) -> None:
    names = {f"many/{number:04} &+ü.txt" for number in range(1003)}
    for name in names:
        store.put(name, b"x")
    seen = list(store.walk("many/"))
    assert {each.key for each in seen} == names
    assert len(seen) == len(names)
    assert {each.size for each in seen} == {1}


def test_folders_are_those_of_many_pages(store: ObjectStore) -> None:
    names = [f"{number:04} &+ü" for number in range(1003)]
    for name in names:
        store.put(f"folders/{name}/manifest.json", b"x")
    store.put("folders/no-folder", b"x")
    assert store.folders("folders/") == names
