"""What `/v1/airflow` answers, as it stands in the OpenAPI document."""

from typing import Literal

from pydantic import Field

from gateway.predict.schemas import Answer

PartState = Literal["running", "starting", "stopping", "stopped", "failed", "missing"]


class AirflowPart(Answer):
    """One process or container of Airflow."""

    name: str = Field(examples=["airflow-scheduler"])
    state: PartState
    detail: str = Field(description="In the words of whoever runs it.", examples=["pid 4711, uptime 0:12:07"])


class AirflowState(Answer):
    """Whether Airflow's processes run, as told by whoever starts them."""

    running: bool = Field(description="Whether all of them run or are starting.")
    sentence: str = Field(examples=["Not running: airflow-scheduler."])
    parts: list[AirflowPart]
