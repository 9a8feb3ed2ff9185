"""One document, many writers: nobody's change is lost, and a store that never lets one win says so."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from contracts.access import ApiKeys, Role
from contracts.manifest import InvalidManifestError
from objectstore import ObjectNotFoundError, ObjectStore, PreconditionFailedError, change_document, read_document


def _with(name: str, current: ApiKeys) -> ApiKeys:
    return current.with_new_key(name, Role.PREDICT, None)[0]


def test_of_ten_racing_writers_every_change_is_kept(store: ObjectStore) -> None:
    def write(writer: int) -> tuple[ApiKeys, ApiKeys]:
        return change_document(store, "keys.json", ApiKeys, lambda c: _with(f"w{writer}", c), default=ApiKeys())

    with ThreadPoolExecutor(10) as pool:
        changes = list(pool.map(write, range(10)))
    assert {key.name for key in read_document(store, "keys.json", ApiKeys).keys} == {f"w{n}" for n in range(10)}
    assert sorted(len(before.keys) for before, _ in changes) == list(range(10))
    assert all(len(after.keys) == len(before.keys) + 1 for before, after in changes)


def test_a_change_that_changes_nothing_writes_nothing(store: ObjectStore) -> None:
    before, after = change_document(store, "keys.json", ApiKeys, lambda current: current, default=ApiKeys())
    assert before == after == ApiKeys()
    assert store.head("keys.json") is None


def test_a_change_that_refuses_leaves_the_document(store: ObjectStore) -> None:
    change_document(store, "keys.json", ApiKeys, lambda current: _with("one", current), default=ApiKeys())
    etag = store.get("keys.json").etag
    with pytest.raises(KeyError):
        change_document(store, "keys.json", ApiKeys, lambda current: current.without_key("nobody"))
    assert store.get("keys.json").etag == etag


def test_without_a_default_an_absent_document_is_named(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFoundError, match=r"s3://.*/keys\.json"):
        change_document(store, "keys.json", ApiKeys, lambda current: current)


def test_a_damaged_document_is_not_written_over(store: ObjectStore) -> None:
    store.put("keys.json", b"{}x")
    with pytest.raises(InvalidManifestError):
        change_document(store, "keys.json", ApiKeys, lambda current: _with("one", current), default=ApiKeys())
    assert store.get("keys.json").body == b"{}x"


def test_a_document_that_others_keep_changing_is_given_up(store: ObjectStore) -> None:
    numbers = count()

    def overtaken(current: ApiKeys) -> ApiKeys:
        store.put("keys.json", _with(f"other{next(numbers)}", ApiKeys()).to_json())
        return _with("mine", current)

    with pytest.raises(PreconditionFailedError, match="keep changing"):
        change_document(store, "keys.json", ApiKeys, overtaken, default=ApiKeys())
    assert next(numbers) > 5
