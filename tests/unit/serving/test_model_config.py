"""The model config file: what the sidecar writes is what TensorFlow Serving reads."""

from pathlib import Path

import pytest

from serving.errors import ModelConfigError
from serving.model_config import All, Latest, ModelConfig, Specific, from_message, parse, render, to_message

CONFIGS = (
    ModelConfig("acne", Path("/models/acne"), Specific(frozenset({6, 7})), {"production": 6, "candidate": 7}),
    ModelConfig("other", Path("/models/other"), All()),
    ModelConfig("third", Path("/models/third"), Latest(2)),
)

BY_HAND = """
# comments are allowed
model_config_list {
  config {
    name: "acne"
    base_path: "/models/acne"
    model_platform: "tensorflow"
    model_version_policy { specific { versions: 6 versions: 7 } }
    version_labels { key: "production" value: 6 }
    version_labels { key: "candidate" value: 7 }
  }
}
"""


def test_what_is_rendered_is_read_back() -> None:
    assert parse(render(CONFIGS), origin="file") == CONFIGS
    assert from_message(to_message(CONFIGS), origin="message") == CONFIGS


def test_a_file_as_tensorflow_servings_documentation_writes_it_is_read() -> None:
    assert parse(BY_HAND, origin="file") == CONFIGS[:1]


def test_without_a_policy_the_latest_version_is_wanted() -> None:
    (config,) = parse('model_config_list { config { name: "a" base_path: "/a" } }', origin="file")
    assert config.policy.select({1, 3, 2}) == {3}


def test_a_policy_wants_only_what_is_on_disk() -> None:
    assert Specific(frozenset({1, 2})).select({2, 3}) == {2}
    assert All().select({2, 3}) == {2, 3}
    assert Latest(2).select({1, 2, 3}) == {2, 3}


def test_an_empty_file_names_no_models() -> None:
    assert parse("", origin="file") == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("model_config_list {", "no ModelServerConfig"),
        ('model_config_list { config { nmae: "a" } }', "nmae"),
        ('model_config_list { config { name: "a" base_path: "a" } }', "absolute base path"),
        ('model_config_list { config { base_path: "/a" } }', "needs a name"),
        (
            'model_config_list { config { name: "a" base_path: "/a" } config { name: "a" base_path: "/b" } }',
            "more than",
        ),
    ],
)
def test_a_file_that_cant_be_used_is_refused_with_its_fault(text: str, fault: str) -> None:
    with pytest.raises(ModelConfigError, match=fault) as refused:
        parse(text, origin="models.config")
    assert "models.config" in str(refused.value)
