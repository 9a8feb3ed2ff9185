"""What a step's end means to Airflow: the one place where exit codes become task states."""

import signal

from airflow.sdk import BaseXCom, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from include.assets import describe
from include.contract import BrokenResultError, Exit, Result, StepOutput


def conclude(name: str, exit_code: int, output: StepOutput, context: Context) -> Result:
    """Return the result of a step that is done; it becomes the task's XCom.

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
        msg = f"{name} {_ending(exit_code)}: {output.reason}"
        raise AirflowException(msg)
    if result is None:
        msg = f"{name} broke the contract: it ended with exit code 0, but its output holds no ::result:: line"
        raise AirflowException(msg)
    describe(context, result)
    return result


def _ending(exit_code: int) -> str:
    if exit_code == -signal.SIGKILL:
        return "was killed by SIGKILL (often: out of memory)"
    if exit_code < 0:
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"failed with exit code {exit_code}"
