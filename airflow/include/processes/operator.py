"""Runs a step as a process on this machine: the embedded setting."""

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.log import mask_secret
from pydantic import ValidationError

from include.assets import Result
from include.contract import StepOutput, push_reason_on_failure, task_result
from include.environment import process_environment, secrets_in
from include.processes.process import StepProcess
from include.settings import ProcessSettings


class ProcessStepOperator(BaseOperator):
    """Runs a console command of the workspace; its output is the task's log, its result the task's XCom."""

    template_fields: Sequence[str] = ("command", "env")
    template_fields_renderers = {"command": "bash", "env": "json"}  # noqa: RUF012 - as Airflow declares it
    ui_color = "#e8f0fe"

    def __init__(self, *, command: Sequence[str], env: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.command = list(command)
        self.env = dict(env)
        self._process: StepProcess | None = None
        self._killed = False

    def execute(self, context: Context) -> Result:
        """Run the command to its end.

        Raises:
            AirflowSkipException: the step found nothing new.
            AirflowFailException: the step, or this setting, is configured wrongly.
            AirflowException: the step failed in a way that may pass.
        """
        arguments = [argument for argument in self.command[1:] if argument]
        environment = process_environment(os.environ, self.env)
        for secret in secrets_in(environment):
            mask_secret(secret)
        output = StepOutput()
        self.log.info("running %s", shlex.join([self.command[0], *arguments]))
        with (
            push_reason_on_failure(context),
            StepProcess([str(self._executable()), *arguments], environment) as process,
        ):
            self._process = process
            if self._killed:
                process.stop()
            for line in process.lines():
                output.add(line)
                self.log.info("%s", line)
            return task_result(self.command[0], process.wait(), output, context)

    def on_kill(self) -> None:
        """End the step; called by Airflow when the task is cancelled, timed out, or its worker stops."""
        self._killed = True
        if self._process:
            self._process.stop()

    def _executable(self) -> Path:
        try:
            return ProcessSettings().executable(self.command[0])
        except (FileNotFoundError, ValidationError) as error:
            raise AirflowFailException(str(error)) from error
