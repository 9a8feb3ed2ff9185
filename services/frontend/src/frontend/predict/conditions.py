"""What the classes are, in two neutral sentences each, from `conditions.toml`."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def conditions() -> dict[str, str]:
    """Class → two sentences."""
    data = tomllib.loads(Path(__file__).with_name("conditions.toml").read_text())
    return {name: entry["about"] for name, entry in data.items()}


def about(label: str) -> str | None:
    """What a class is; None for a class of somebody's own."""
    return conditions().get(label)
