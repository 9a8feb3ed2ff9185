"""A step of a pipeline: which command to run with which arguments, and how much patience to have with it.

A step says nothing about where it runs; the factory decides that by setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpec:
    """One step; `command` and the values of `env` are Jinja templates over Airflow's context."""

    name: str
    """The task's id."""
    doc: str
    """What it does, in plain words; shown in Airflow."""
    command: tuple[str, ...]
    """The console command and its arguments; an argument that renders to nothing is left out."""
    timeout: timedelta
    """How long one try may take."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of this step, on top of those that every step gets."""
    retries: int = 2
    """How often it's tried again after a failure that may pass."""


def output_of(step: str, name: str) -> str:
    """The template for a value of an earlier step's result."""
    return f"{{{{ ti.xcom_pull(task_ids='{step}')['{name}'] }}}}"


def param(name: str) -> str:
    """The template for a parameter of the run."""
    return f"{{{{ params.{name} }}}}"


def option(flag: str, *, value: str, when: str) -> str:
    """The template for an option that is passed only where the expression `when` is true.

    Args:
        flag: for example `--epochs`.
        value: the expression of its value, for example `params.epochs`.
        when: the expression that decides, for example `params.epochs is not none`.
    """
    return f"{{{{ '{flag}=' ~ {value} if {when} else '' }}}}"
