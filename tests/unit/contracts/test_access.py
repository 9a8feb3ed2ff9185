"""API keys: a key opens its own entry, is never kept, and ends when it is revoked."""

import pytest

from contracts.access import ApiKeys, Role


def test_a_key_opens_its_own_entry_only() -> None:
    keys, first = ApiKeys().with_new_key("page", Role.PREDICT, 60)
    keys, second = keys.with_new_key("operator", Role.ADMIN, None)
    found = keys.find(first)
    assert found is not None
    assert (found.name, found.role, found.per_minute) == ("page", Role.PREDICT, 60)
    assert keys.find(second) == keys.keys[1]
    assert keys.find(first[:-1] + ("a" if first[-1] != "a" else "b")) is None
    assert keys.find("") is None
    assert keys.find("acn_000000000000_" + "a" * 43) is None


def test_what_is_kept_doesnt_hold_the_key() -> None:
    keys, key = ApiKeys().with_new_key("page", Role.PREDICT, None)
    assert key.rpartition("_")[2] not in keys.to_json().decode()
    assert ApiKeys.from_json(keys.to_json(), origin="a test") == keys


def test_a_revoked_key_opens_nothing() -> None:
    keys, key = ApiKeys().with_new_key("page", Role.PREDICT, None)
    assert keys.without_key(keys.keys[0].id).find(key) is None
    with pytest.raises(KeyError):
        keys.without_key("000000000000")
