"""Keeps why a task failed or was skipped, for the run's note and for whoever is told of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowException, AirflowTaskTimeout

REASON_KEY = "reason"
"""The XCom that holds it."""


@contextmanager
def kept_reason(context: Context) -> Iterator[None]:
    """Push the reason of whatever exception passes."""
    try:
        yield
    except (AirflowException, AirflowTaskTimeout) as error:
        if "ti" in context:
            timed_out = isinstance(error, AirflowTaskTimeout)
            limit = context["ti"].task.execution_timeout
            context["ti"].xcom_push(REASON_KEY, f"it took longer than it may ({limit})" if timed_out else str(error))
        raise
