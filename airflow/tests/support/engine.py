"""A real container engine, and an image that stands in for every service's."""

import subprocess
from pathlib import Path
from typing import Any

from docker import APIClient

PREFIX = "acneflow-t-airflow-"
"""What every container and image of these tests begins with."""
SERVICES = ("scraper", "trainer", "serving", "gateway")


def build_images() -> None:
    """Build the stand-in, under every service's name."""
    folder = Path(__file__).with_name("step_image")
    tags = [each for service in SERVICES for each in ("--tag", f"{PREFIX}{service}:local")]
    subprocess.run(["docker", "build", "--quiet", *tags, str(folder)], check=True, capture_output=True)


def settings(stack: str) -> dict[str, str]:
    """The variables of the container setting."""
    keys = {
        f"ACNEFLOW_{service.upper()}_STORE_{kind}_KEY": f"{service}-{kind.lower()}"
        for service in SERVICES
        for kind in ("ACCESS", "SECRET")
    }
    return keys | {
        "ACNEFLOW_STEP_SETTING": "docker",
        "ACNEFLOW_STEP_STACK": stack,
        "ACNEFLOW_STEP_IMAGE_PREFIX": PREFIX,
        "ACNEFLOW_DOCKER_PATIENCE_S": "5",
    }


def containers(engine: APIClient, stack: str) -> list[dict[str, Any]]:
    """All containers of a stack's steps, running or not."""
    return list(engine.containers(all=True, filters={"label": [f"acneflow.stack={stack}"]}))


def the_one(engine: APIClient, stack: str) -> str:
    """The id of a stack's only container."""
    (container,) = containers(engine, stack)
    return str(container["Id"])
