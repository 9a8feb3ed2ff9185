"""What a run of the training pipeline can be given, and which option of a step each parameter becomes.

Both are made from `run_parameters.json`, which this folder's environment reads as data: the workspace declares it in
`libs/contracts`, whose `contracts.run_parameters` says what stands in it. A checkout has a link to it beside `include`,
the image a copy. Airflow's form and API refuse what doesn't fit.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from airflow.sdk import Param

from include.settings import PipelineSettings
from include.step import option, param

FILE = Path(__file__).resolve().parents[1] / "run_parameters.json"


@cache
def _read_declaration() -> dict[str, Any]:
    declared: dict[str, Any] = json.loads(FILE.read_text())
    return declared


def training_params(settings: PipelineSettings) -> dict[str, Param]:
    """The params, made anew for each DAG: a run's values are written into them.

    Args:
        settings: say what runs get that start by themselves.
    """
    defaults = {"source": settings.source, "folder": settings.folder, "urls": settings.urls}
    return {
        name: Param(
            defaults.get(name, parameter.get("default")),
            title=parameter["title"],
            description=parameter["description"],
            **_schema(parameter),
        )
        for name, parameter in _read_declaration()["parameters"].items()
    }


def _schema(parameter: dict[str, Any]) -> dict[str, Any]:
    """JSON schema's keywords; a parameter without a default may be null."""
    if choices := parameter.get("choices"):
        names = _read_declaration()[choices]
        shown = {name: f"{name}: {each['title']}" for name, each in names.items()} if isinstance(names, dict) else None
        return {"type": "string", "enum": list(names)} | ({"values_display": shown} if shown else {})
    schema: dict[str, Any] = parameter["schema"]
    return schema if "default" in parameter else schema | {"type": ["null", schema["type"]]}


def step_options(step: str) -> Iterator[str]:
    """The options of a step's command that carry the run's parameters, as templates."""
    for name, parameter in _read_declaration()["parameters"].items():
        flag = parameter["options"].get(step)
        if flag is None:
            continue
        if "default" in parameter:
            yield from (flag, param(name))
        elif source := parameter.get("only_for_source"):
            yield option(flag, value=f"params.{name}", when=f"params.source == '{source}' and params.{name}")
        elif parameter["schema"]["type"] == "array":
            yield option(flag, value=f"params.{name} | join(',')", when=f"params.{name}")
        else:
            yield option(flag, value=f"params.{name}", when=f"params.{name} is not none")
