"""What a run can be given is the same at the gateway, in Airflow's form, and at the commands that get it."""

import json
import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.main import get_command

from acneflow_client import Architecture, RunRequest, Source
from contracts.run import ArchitectureName, TrainSettings
from contracts.run_parameters import PARAMETERS
from contracts.run_parameters import RunRequest as Asked
from contracts.run_parameters import SourceName as Declared
from contracts.taxonomy import Taxonomy
from scraper.cli import app as scraper
from trainer.cli import app as trainer
from trainer.network.architectures import ARCHITECTURES
from trainer.network.weight_sources import SOURCES

COMMANDS: dict[str, tuple[typer.Typer, str]] = {
    "scrape": (scraper, "run"),
    "prepare": (trainer, "prepare"),
    "train": (trainer, "train"),
    "evaluate": (trainer, "evaluate"),
}
"""The command of each step that gets parameters."""
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
    assert params.keys() == RunRequest.model_fields.keys() == Asked.model_fields.keys()


def test_both_know_the_same_sources_and_networks(params: dict[str, dict[str, Any]]) -> None:
    assert set(params["source"]["enum"]) == set(get_args(Source)) == set(get_args(Declared))
    assert set(params["architecture"]["enum"]) == set(get_args(Architecture)) == set(get_args(ArchitectureName))


def test_every_source_and_network_that_is_declared_is_made_by_somebody() -> None:
    assert all(callable(import_module(f"scraper.sources.{name}").open_source) for name in PARAMETERS.sources)
    assert set(PARAMETERS.architectures) == ARCHITECTURES.keys() == SOURCES.keys()


def test_every_option_is_one_of_its_steps_command() -> None:
    for name, parameter in PARAMETERS.parameters.items():
        for step, option in parameter.options.items():
            app, command = COMMANDS[step]
            taken = {flag for each in get_command(app).commands[command].params for flag in each.opts}  # type: ignore[attr-defined]
            assert option in taken, f"{name}: {step}"


def test_the_default_network_is_the_trainers(params: dict[str, dict[str, Any]]) -> None:
    assert params["architecture"]["default"] == TrainSettings().architecture


def test_every_class_of_the_taxonomy_can_be_named(params: dict[str, dict[str, Any]]) -> None:
    pattern = params["classes"]["items"]["pattern"]
    assert all(re.fullmatch(pattern, each.name) for each in Taxonomy.load().classes)
