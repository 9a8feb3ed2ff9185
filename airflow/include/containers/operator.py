"""Runs a step as a container that outlives the task that started it: the container setting.

A training takes hours. A scheduler that restarts, a retry, an engine or a proxy that is away for a while must not
start it anew: the container carries labels that say whose it is, the task keeps its id, and whoever comes next goes
on following it. What ends a container is its own end, a timeout, or someone who cancels the task.
"""

import os
import shlex
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import Context, ResumableJobMixin
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout
from airflow.sdk.log import mask_secret
from docker.errors import APIError, ImageNotFound
from docker.types import DeviceRequest, LogConfig
from docker.utils import parse_bytes
from pydantic import JsonValue, ValidationError

from include.assets import Result
from include.containers.container import ContainerExit, ContainerRemovedError, EngineUnavailableError, StepContainer
from include.containers.settings import CACHE, SECRETS, DockerSettings, StoreKeys
from include.contract import StepOutput, push_reason_on_failure, task_result
from include.environment import container_environment
from include.step import Resources

STOPPED_BY_HAND = (128 + signal.SIGTERM, 128 + signal.SIGKILL)
GONE = "gone"
MOST_PROCESSES = 1000
"""Processes and threads of a step; a training on many cores has some hundreds."""


class DockerStepOperator(ResumableJobMixin, DockerOperator):
    """Runs a console command of a service's image; its output is the task's log, its result the task's XCom."""

    template_fields: Sequence[str] = ("command", "environment")
    template_fields_renderers = {"command": "bash", "environment": "json"}  # noqa: RUF012 - as Airflow declares it
    template_ext: Sequence[str] = ()
    ui_color = "#e3f5f1"
    external_id_key = "container"

    def __init__(
        self,
        *,
        command: Sequence[str],
        env: Mapping[str, str],
        service: str,
        resources: Resources,
        settings: DockerSettings,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            image=settings.image(service),
            command=list(command),
            environment=dict(env),
            docker_url=settings.docker_url,
            network_mode=settings.docker_network,
            mem_limit=settings.memory(service, resources.memory),
            shm_size=parse_bytes(resources.shared_memory),
            cpus=resources.cpus,
            device_requests=[DeviceRequest(count=-1, capabilities=[["gpu"]])]
            if resources.gpu and settings.gpu
            else None,
            mount_tmp_dir=False,
            **kwargs,
        )
        self.service = service
        self.stack = settings.step_stack
        self.patience_s = settings.docker_patience_s
        self._container: StepContainer | None = None
        self._killed = False
        self._result: Result | None = None

    def execute(self, context: Context) -> Any:
        """Follow the step's container to its end: the one that is there, or a new one.

        Raises:
            AirflowSkipException: the step found nothing new.
            AirflowFailException: the step, or this setting, is configured wrongly, or its memory doesn't suffice.
            AirflowException: the step failed in a way that may pass.
        """
        with push_reason_on_failure(context):
            try:
                return self.execute_resumable(context)
            except AirflowTaskTimeout:
                self._stop_and_remove()
                raise
            except EngineUnavailableError as error:
                msg = f"{error}; the next try looks for the container again"
                raise AirflowException(msg) from error

    def submit_job(self, context: Context) -> JsonValue:
        """Start the container, or find the one that an earlier try started and had no time to write down."""
        found = StepContainer.find(self.cli, self._labels(context), self.patience_s)
        if found:
            self.log.info("found the container %s of an earlier try", found.id[:12])
            self._container = found
        else:
            self._container = self._create(context)
        self._start()
        if self._killed:
            self.on_kill()
        return self._container.id

    def get_job_status(self, external_id: JsonValue, context: Context) -> str:  # noqa: ARG002
        """`there`, running or ended with nobody to see it; or `gone`."""
        try:
            StepContainer(self.cli, str(external_id), self.patience_s).exit_state()
        except ContainerRemovedError:
            return GONE
        return "there"

    def is_job_active(self, status: str) -> bool:
        """Whether it's there to be followed; one that has ended still has to be read and removed."""
        return status != GONE

    def is_job_succeeded(self, status: str) -> bool:  # noqa: ARG002
        """Never known before its log is read."""
        return False

    def poll_until_complete(self, external_id: JsonValue, context: Context) -> Any:
        """Follow the container to its end, and remove it."""
        reattached = self._container is None
        if self._container is None:
            self._container = StepContainer(self.cli, str(external_id), self.patience_s)
            self.log.info("following the container %s, which was started before", self._container.id[:12])
        output = StepOutput()
        try:
            for line in self._container.follow(from_the_start=not reattached):
                output.add(line)
                self.log.info("%s", line)
            ending = self._container.exit_state()
        except ContainerRemovedError as error:
            raise AirflowException(str(error)) from error
        assert ending is not None  # noqa: S101 - it said its last line
        self._container.remove()
        self._container = None
        if reattached and ending.exit_code in STOPPED_BY_HAND and not ending.out_of_memory:
            self.log.info("it was being stopped when it was found; starting a new one")
            new = self.submit_job(context)
            context["task_state_store"].set(self.external_id_key, new)
            return self.poll_until_complete(new, context)
        self._result = self._task_result(ending, output, context)
        return self._result

    def get_job_result(self, external_id: JsonValue, context: Context) -> Any:  # noqa: ARG002
        """What following it gave."""
        return self._result

    def on_kill(self) -> None:
        """End the container; called by Airflow when the task is cancelled, within a signal's handler.

        Airflow kills a task that takes more than 5 s to stop, and a step may take 10 s, so another process does it.
        """
        self._killed = True
        if self._container:
            subprocess.Popen(
                [sys.executable, "-m", "include.containers.container", str(self.docker_url), self._container.id],
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _create(self, context: Context) -> StepContainer:
        arguments = [str(argument) for argument in self.command or () if argument]
        self.log.info("running %s in %s", shlex.join(arguments), self.image)
        ti = context["ti"]
        memory = str(self.mem_limit)
        host_config = self.cli.create_host_config(
            network_mode=self.network_mode,
            mounts=DockerSettings().mounts(self.service),
            mem_limit=memory,
            memswap_limit=memory,  # no swap on top: over the limit is out of memory, not slow
            shm_size=self.shm_size,
            pids_limit=MOST_PROCESSES,
            cpu_shares=round(self.cpus * 1024),
            device_requests=self.device_requests,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            init=True,  # passes signals on, also to a command that has no handler
            log_config=LogConfig(type="json-file", config={"max-size": "20m", "max-file": "2"}),
        )
        try:
            return StepContainer.create(
                self.cli,
                self.patience_s,
                image=self.image,
                name=f"{self.stack}-{ti.task_id}-{uuid.uuid4().hex[:12]}",
                command=arguments,
                environment=self._environment(),
                labels=self._labels(context) | {"acneflow.try": str(ti.try_number)},
                host_config=host_config,
            )
        except ImageNotFound as error:
            msg = f"the image {self.image} isn't on this host; build the stack's images, or see ACNEFLOW_STEP_IMAGE_TAG"
            raise AirflowFailException(msg) from error

    def _start(self) -> None:
        assert self._container is not None  # noqa: S101 - made by the caller
        try:
            self._container.start()
        except APIError as error:
            self._container.remove()
            self._container = None
            if self.device_requests and "device driver" in str(error):
                msg = (
                    "expected a GPU for containers, as ACNEFLOW_GPU says; this host's Docker has none. Install the"
                    f" NVIDIA container toolkit, or set ACNEFLOW_GPU=no ({error.explanation})"
                )
                raise AirflowFailException(msg) from error
            raise

    def _environment(self) -> dict[str, str]:
        settings = DockerSettings()
        cache = {"ACNEFLOW_CACHE": CACHE} if settings.step_cache_volume and self.service == "trainer" else {}
        keys = {"ACNEFLOW_SECRETS": SECRETS} if settings.step_keys_volume else self._keys()
        return container_environment(os.environ) | cache | self.environment | keys

    def _keys(self) -> dict[str, str]:
        try:
            keys = StoreKeys.of(self.service)
        except ValidationError as error:
            raise AirflowFailException(str(error)) from error
        for secret in keys.environment.values():
            mask_secret(secret)
        return keys.environment

    def _labels(self, context: Context) -> dict[str, str]:
        ti = context["ti"]
        return {
            "acneflow.stack": self.stack,
            "acneflow.dag": ti.dag_id,
            "acneflow.run": ti.run_id,
            "acneflow.task": ti.task_id,
        }

    def _task_result(self, ending: ContainerExit, output: StepOutput, context: Context) -> Result:
        if ending.exit_code and ending.out_of_memory:
            msg = (
                f"{self.service} ran out of memory: its limit is {self.mem_limit}. Raise it by"
                f" ACNEFLOW_{self.service.upper()}_MEMORY. Its last word: {output.reason}"
            )
            raise AirflowFailException(msg)
        signalled = 128 < ending.exit_code < 128 + signal.NSIG
        exit_code = 128 - ending.exit_code if signalled else ending.exit_code
        return task_result(self.service, exit_code, output, context)

    def _stop_and_remove(self) -> None:
        if self._container:
            self.log.info("stopping the container %s", self._container.id[:12])
            self._container.stop()
            self._container.remove()
            self._container = None
