"""The store's users: IAM policies, and what SeaweedFS is told of them."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest


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
