"""What a run can be given is the same at the gateway, in Airflow's form, and at the commands that get it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest

from acneflow_client.runs import Architecture, RunRequest, Source
from contracts.run import ArchitectureName, TrainSettings
from contracts.taxonomy import Taxonomy

DUMP = """
import json
from include.params import training_params
from include.settings import PipelineSettings
params = training_params(PipelineSettings())
print(json.dumps({name: {**param.schema, "default": param.value} for name, param in params.items()}))
"""


@pytest.fixture(scope="module")
def params(repository: Path) -> dict[str, dict[str, Any]]:
    """The training pipeline's params, as their own environment makes them."""
    python = repository / "airflow" / ".venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", DUMP], cwd=repository / "airflow", env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True
    )
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_gateway_takes_the_pipelines_params_and_no_others(params: dict[str, dict[str, Any]]) -> None:
    assert params.keys() == RunRequest.model_fields.keys()


def test_both_know_the_same_sources_and_networks(params: dict[str, dict[str, Any]]) -> None:
    assert set(params["source"]["enum"]) == set(get_args(Source))
    assert set(params["architecture"]["enum"]) == set(get_args(Architecture)) == set(get_args(ArchitectureName))


def test_the_default_network_is_the_trainers(params: dict[str, dict[str, Any]]) -> None:
    assert params["architecture"]["default"] == TrainSettings().architecture


def test_every_class_of_the_taxonomy_can_be_named(params: dict[str, dict[str, Any]]) -> None:
    pattern = params["classes"]["items"]["pattern"]
    assert all(re.fullmatch(pattern, each.name) for each in Taxonomy.load().classes)
