"""The store's users: IAM policies, and what SeaweedFS is told of them."""

import importlib.util
import inspect
import json
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from contracts import keys

ARGUMENTS = {str: "x", int: 1}
BY_THE_ADMINISTRATOR = {"access"}
"""What no service writes."""


@pytest.fixture
def policies(repository: Path) -> ModuleType:
    """The translation, which runs in the store's image."""
    spec = importlib.util.spec_from_file_location("policies", repository / "deploy" / "store" / "policies.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_policy_becomes_actions_on_keys_of_the_bucket(policies: ModuleType) -> None:
    policy = {
        "Statement": [
            {"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::${bucket}/images/*"]},
            {"Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::${bucket}/models/*/channels.json"]},
        ]
    }
    assert policies.actions(json.dumps(policy), "mine") == ["Read:mine/images/*", "Write:mine/models/*/channels.json"]


def test_an_action_without_a_counterpart_is_an_error(policies: ModuleType) -> None:
    policy = {"Statement": [{"Action": ["s3:PutBucketPolicy"], "Resource": ["arn:aws:s3:::${bucket}"]}]}
    with pytest.raises(KeyError, match="PutBucketPolicy"):
        policies.actions(json.dumps(policy), "mine")


def test_every_user_gets_a_policy_and_none_but_root_everything(policies: ModuleType, repository: Path) -> None:
    folder = repository / "deploy" / "store" / "policies"
    keys = {name: (f"{name}-key", f"{name}-secret") for name in (*policies.users(folder), "root")}
    configured = {each["name"]: each["actions"] for each in policies.identities(folder, "b", keys)["identities"]}
    assert set(configured) == {"airflow", "gateway", "root", "scraper", "serving", "trainer"}
    assert [name for name, actions in configured.items() if "Admin" in actions] == ["root"]
    assert not any("models" in action for action in configured["scraper"])


def test_some_service_may_write_and_read_each_folder_of_the_store(policies: ModuleType, repository: Path) -> None:
    granted = {
        tuple(action.removesuffix("*").split(":b/"))
        for path in (repository / "deploy" / "store" / "policies").glob("*.json")
        for action in policies.actions(path.read_text(), "b")
    }
    for folder in _folders():
        assert ("Read", f"{folder}/") in granted
        assert ("Write", f"{folder}/") in granted or folder in BY_THE_ADMINISTRATOR


def _folders() -> set[str]:
    """The first part of every key that `contracts.keys` makes."""
    made = set()
    for name, function in inspect.getmembers(keys, inspect.isfunction):
        if function.__module__ == keys.__name__ and name not in {"parse_uri", "source_of", "manifest"}:
            parameters = inspect.signature(function).parameters.values()
            made.add(function(*(ARGUMENTS.get(p.annotation, datetime.now(UTC)) for p in parameters)))
    return {key.split("/")[0] for key in made}
