"""The contract with a step, as Airflow sees it: exit codes, the result in the last line, and the task's state.

The other side of it is `contracts.steps` of the workspace, which this environment can't import.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from airflow.sdk import BaseXCom, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException, AirflowTaskTimeout

from include.assets import Result, add_result_to_events

RESULT_PREFIX = "::result::"
ERROR_PREFIX = "error: "

REASON_KEY = "reason"
"""The XCom that holds why a task failed or was skipped, for the run's note and for whoever is told of it."""


class Exit(IntEnum):
    """The exit codes that mean something; any other says that trying again may help."""

    DONE = 0
    INVALID = 2
    """Bad configuration or input: trying again can't help."""
    NOTHING_NEW = 99
    """Skip what follows."""


class BrokenResultError(ValueError):
    """A step's result isn't what the contract promises."""


class StepOutput:
    """Keeps of a step's output what decides about it: the result, the last error, the last word."""

    def __init__(self) -> None:
        self._result_line: str | None = None
        self._last_error: str | None = None
        self._last_line = ""

    def add(self, line: str) -> None:
        """Take the next line of output, without its line break."""
        if line.startswith(RESULT_PREFIX):
            self._result_line = line
        elif line.strip():
            self._last_line = line.strip()
            if line.startswith(ERROR_PREFIX):
                self._last_error = line.removeprefix(ERROR_PREFIX).strip()

    @property
    def reason(self) -> str:
        """The last line that says `error: …`, else the last line that isn't the result."""
        return self._last_error or self._last_line or "it said nothing"

    @property
    def result(self) -> Result | None:
        """The last result line's JSON object; none where there was no such line.

        Raises:
            BrokenResultError: if the line holds anything but a JSON object.
        """
        if self._result_line is None:
            return None
        text = self._result_line.removeprefix(RESULT_PREFIX)
        try:
            result = json.loads(text)
        except json.JSONDecodeError as error:
            msg = f"expected {RESULT_PREFIX} followed by a JSON object, got {text[:200]!r} ({error})"
            raise BrokenResultError(msg) from error
        if not isinstance(result, dict):
            msg = f"expected {RESULT_PREFIX} followed by a JSON object, got {text[:200]!r}"
            raise BrokenResultError(msg)
        return result


def task_result(name: str, exit_code: int, output: StepOutput, context: Context) -> Result:
    """The result of a step that is done, which becomes the task's XCom. Here alone exit codes become task states.

    A step that found nothing new has its result pushed all the same, so that people see why.

    Args:
        name: the step's name, for messages.
        exit_code: what it ended with; below 0, the number of the signal that killed it.
        output: what it said.
        context: the running task's context.

    Raises:
        AirflowSkipException: nothing new; this task and what follows are skipped.
        AirflowFailException: bad configuration or input; not tried again.
        AirflowException: anything else; tried again.
    """
    try:
        result = output.result
    except BrokenResultError as error:
        msg = f"{name} broke the contract: {error}"
        raise AirflowException(msg) from error
    if exit_code == Exit.NOTHING_NEW:
        if result is not None:
            context["ti"].xcom_push(key=BaseXCom.XCOM_RETURN_KEY, value=result)
        raise AirflowSkipException(output.reason)
    if exit_code == Exit.INVALID:
        msg = f"{name} refused its configuration or input: {output.reason}"
        raise AirflowFailException(msg)
    if exit_code != Exit.DONE:
        msg = f"{name} {_how_it_ended(exit_code)}: {output.reason}"
        raise AirflowException(msg)
    if result is None:
        msg = f"{name} broke the contract: it ended with exit code 0, but its output holds no ::result:: line"
        raise AirflowException(msg)
    add_result_to_events(context, result)
    return result


def _how_it_ended(exit_code: int) -> str:
    if exit_code == -signal.SIGKILL:
        return "was killed by SIGKILL (often: out of memory)"
    if exit_code < 0:
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"failed with exit code {exit_code}"


@contextmanager
def push_reason_on_failure(context: Context) -> Iterator[None]:
    """Push the reason of whatever exception passes."""
    try:
        yield
    except (AirflowException, AirflowTaskTimeout) as error:
        if "ti" in context:
            timed_out = isinstance(error, AirflowTaskTimeout)
            limit = context["ti"].task.execution_timeout
            context["ti"].xcom_push(REASON_KEY, f"it took longer than it may ({limit})" if timed_out else str(error))
        raise
