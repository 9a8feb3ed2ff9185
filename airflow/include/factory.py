"""Makes the operator for a step: the only code that knows which settings there are."""

from datetime import timedelta

from airflow.sdk import BaseOperator

from include.process_operator import ProcessStepOperator
from include.settings import PipelineSettings
from include.step import StepSpec

OPERATORS = {"process": ProcessStepOperator}
"""How a step runs, by `ACNEFLOW_STEP_SETTING`."""

MAX_RETRY_DELAY = timedelta(minutes=30)


class UnknownSettingError(ValueError):
    """`ACNEFLOW_STEP_SETTING` names no way to run a step."""


def operator_for(step: StepSpec, settings: PipelineSettings) -> BaseOperator:
    """Make the task of a step.

    Raises:
        UnknownSettingError: if the setting isn't one of `OPERATORS`.
    """
    if settings.step_setting not in OPERATORS:
        known = ", ".join(OPERATORS)
        msg = f"expected ACNEFLOW_STEP_SETTING to be one of: {known}; got {settings.step_setting!r}"
        raise UnknownSettingError(msg)
    return OPERATORS[settings.step_setting](
        task_id=step.name,
        doc_md=step.doc,
        command=step.command,
        env=step.env,
        execution_timeout=step.timeout,
        retries=step.retries,
        retry_delay=timedelta(seconds=settings.step_retry_delay_s),
        retry_exponential_backoff=2.0,
        max_retry_delay=MAX_RETRY_DELAY,
    )
