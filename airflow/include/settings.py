"""What the operator of the stack can set about the pipelines, from `ACNEFLOW_*` variables."""

from datetime import timedelta
from pathlib import Path

from airflow.sdk import CronTriggerTimetable
from airflow.sdk.exceptions import AirflowTimetableInvalid
from pydantic import DirectoryPath, PositiveFloat, PositiveInt, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

NO_SCHEDULE = "none"
"""The schedule that never starts a run by itself."""


class PipelineSettings(BaseSettings):
    """Read by the DAGs whenever Airflow parses them."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", env_ignore_empty=True, frozen=True)

    bucket: str = "acneflow"
    """The store's bucket; stands in the names of Airflow's assets."""
    model: str = "acne"
    """The model's name in the store."""
    schedule: str = "@weekly"
    """When training starts by itself: a cron expression in UTC or one of Airflow's presets; `none`: never."""
    train_on_new_images: bool = True
    """Whether it also starts when the gateway says that there are new images, because a correction was accepted."""
    drift_schedule: str = "@hourly"
    """When Drift-Check runs by itself, which is how old the drift that the gateway tells may be."""
    maintenance_schedule: str = "@weekly"
    """When Store-Maintenance runs by itself."""
    maintenance_delete: bool = False
    """Whether it then deletes what it finds, instead of counting it."""
    maintenance_keep_days: PositiveInt = 30
    """What is younger stays in any case."""
    source: str = "sample"
    """Where images come from in runs that start by themselves; other runs may say otherwise."""
    folder: str | None = None
    """For the source `folder`: where those images are."""
    urls: str | None = None
    """For the source `urls`: where the list of addresses is."""
    step_setting: str = "process"
    """Where steps run; the factory knows the choices."""
    step_retry_delay_s: PositiveFloat = 60.0
    """The wait before a step's second try; doubled before each further one."""

    @property
    def timetable(self) -> CronTriggerTimetable | None:
        """When training starts by itself; never in the past, however the DAG came to be unpaused."""
        return _timetable(self.schedule)

    @property
    def drift_timetable(self) -> CronTriggerTimetable | None:
        """When drift is looked for."""
        return _timetable(self.drift_schedule)

    @property
    def maintenance_timetable(self) -> CronTriggerTimetable | None:
        """When the store is looked through."""
        return _timetable(self.maintenance_schedule)

    @field_validator("schedule", "drift_schedule", "maintenance_schedule")
    @classmethod
    def _can_be_understood(cls, schedule: str) -> str:
        if schedule != NO_SCHEDULE:
            try:
                _cron(schedule).validate()
            except AirflowTimetableInvalid as error:
                msg = f"expected a cron expression, a preset like @weekly, or {NO_SCHEDULE} ({error})"
                raise ValueError(msg) from error
        return schedule


class ProcessSettings(BaseSettings):
    """Read by a step that runs as a process, when it runs."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", env_ignore_empty=True, frozen=True)

    bin: DirectoryPath
    """The folder with the services' console commands, for example `.venv/bin`."""

    def executable(self, command: str) -> Path:
        """The file to run for a console command.

        Raises:
            FileNotFoundError: if the folder doesn't hold it.
        """
        path = self.bin / command
        if not path.is_file():
            msg = f"expected the console command {command} in ACNEFLOW_BIN={self.bin}; install the workspace (uv sync)"
            raise FileNotFoundError(msg)
        return path


def _timetable(schedule: str) -> CronTriggerTimetable | None:
    return None if schedule == NO_SCHEDULE else _cron(schedule)


def _cron(schedule: str) -> CronTriggerTimetable:
    return CronTriggerTimetable(schedule, timezone="UTC", run_immediately=timedelta(0))
