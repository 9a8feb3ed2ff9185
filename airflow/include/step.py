"""A step of a pipeline: which command to run with which arguments, what it needs, and how long it may take.

A step says nothing about where it runs; the factory decides that by setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a step may take of a machine; a process on one machine takes what is there."""

    memory: str = "1g"
    """The container's limit, as Docker writes it; a setting of the service wins over it."""
    shared_memory: str = "64m"
    """The size of its /dev/shm."""
    cpus: float = 1.0
    """Its weight against other containers where they compete for the cores."""
    gpu: bool = False
    """Whether it can use the GPUs of a host whose operator says that there are some."""


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
    image: str = ""
    """The service whose image holds the command; the command's own name if empty."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of this step, on top of those that every step gets."""
    resources: Resources = Resources()
    """What it may take."""
    pool: str = "default_pool"
    """The pool that limits how many of its kind run at a time."""
    retries: int = 2
    """How often it's tried again after a failure that may pass."""

    @property
    def service(self) -> str:
        """The service whose command it is."""
        return self.image or self.command[0]


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
