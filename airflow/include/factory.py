"""Makes what DAGs are built of: the arguments that all have in common, and the task of a step.

It alone knows in which settings steps run.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator

from include.notify import notify_of_failure
from include.settings import PipelineSettings
from include.step import StepSpec

MAX_RETRY_DELAY = timedelta(minutes=30)
RUN_TIMEOUT = timedelta(days=2)


class UnknownSettingError(ValueError):
    """`ACNEFLOW_STEP_SETTING` names no way to run a step."""


def dag_arguments(**own: Any) -> dict[str, Any]:
    """The arguments of a DAG: one run at a time, none for the past, and someone is told when one fails."""
    return {
        "catchup": False,
        "max_active_runs": 1,
        "dagrun_timeout": RUN_TIMEOUT,
        "on_failure_callback": notify_of_failure,
        "is_paused_upon_creation": False,
        "tags": ["acneflow"],
        "default_args": {"owner": "acneflow"},
        **own,
    }


def operator_for(step: StepSpec, settings: PipelineSettings, **kwargs: Any) -> BaseOperator:
    """Make the task of a step; `kwargs` are further arguments of Airflow's operators, such as `outlets`.

    Raises:
        UnknownSettingError: if the setting isn't one of `OPERATORS`.
    """
    if settings.step_setting not in OPERATORS:
        known = ", ".join(OPERATORS)
        msg = f"expected ACNEFLOW_STEP_SETTING to be one of: {known}; got {settings.step_setting!r}"
        raise UnknownSettingError(msg)
    return OPERATORS[settings.step_setting](
        step,
        task_id=step.name,
        doc_md=step.doc,
        command=step.command,
        env=step.env,
        execution_timeout=step.timeout,
        pool=step.pool,
        retries=step.retries,
        retry_delay=timedelta(seconds=settings.step_retry_delay_s),
        retry_exponential_backoff=2.0,
        max_retry_delay=MAX_RETRY_DELAY,
        **kwargs,
    )


def _process(_step: StepSpec, **kwargs: Any) -> BaseOperator:
    from include.processes.operator import ProcessStepOperator  # noqa: PLC0415 - each setting imports its own operator

    return ProcessStepOperator(**kwargs)


def _docker(step: StepSpec, **kwargs: Any) -> BaseOperator:
    from include.containers.operator import DockerStepOperator  # noqa: PLC0415 - the embedded setting has no Docker client
    from include.containers.settings import DockerSettings  # noqa: PLC0415

    return DockerStepOperator(service=step.service, resources=step.resources, settings=DockerSettings(), **kwargs)


# `kubernetes` goes here: the same arguments, and an operator that makes a pod of them
OPERATORS: Mapping[str, Callable[..., BaseOperator]] = {"process": _process, "docker": _docker}
"""How a step runs, by `ACNEFLOW_STEP_SETTING`."""
