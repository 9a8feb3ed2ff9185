"""The stack in containers as a newcomer starts it: a fresh clone, `make up`, ports and a project of its own."""

import json
import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from acneflow_client import Client, RunRequest
from contracts.models.version import ModelDescription
from objectstore import ObjectStore, StoreSettings
from stack.production import HeldOutImage, held_out_images, production_model
from stack.seaweedfs import free_ports

OVERRIDES = ("seaweedfs", "offline", "s3", "gpu")
PORTS = ("STORE", "GATEWAY", "FRONTEND", "AIRFLOW", "SERVING", "SERVING_REST", "SAMPLE_SITE", "PROMETHEUS", "GRAFANA")
UP_TIMEOUT_S = 1500
BASE = "python:3.13-slim-trixie"
RUN_TIMEOUT_S = 1500
"""For a run of the pipeline on a busy machine; a quiet one takes two minutes."""


def missing(*, engine: bool = True) -> str | None:
    """Why nothing of this can run here; None if it can."""
    if shutil.which("docker") is None:
        return "needs the `docker` command; install Docker Engine with Compose"
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        return "needs `docker compose`; install Docker's Compose plugin"
    if engine and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        return "needs a Docker engine that answers `docker info`"
    return None


def minio_image() -> str:
    """The image that docker-compose.yml names for the store."""
    compose = (Path(__file__).resolve().parents[2] / "docker-compose.yml").read_text()
    found = re.search(r"\$\{ACNEFLOW_STORE_IMAGE:-(.+?)\}", compose)
    assert found is not None
    return found[1]


def missing_minio() -> str | None:
    """Why nothing can be run on MinIO here; None if it can."""
    if reason := missing():
        return reason
    image = minio_image()
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode:
        return f"needs MinIO's image: docker pull {image}, or build it from MinIO's sources under that tag"
    return None


def filled_env(folder: Path) -> Path:
    """A settings file with something in every place that wants a secret."""
    example = Path(__file__).resolve().parents[2] / ".env.example"
    path = folder / "env"
    path.write_text(re.sub(r"(?m)^([A-Z_]+)=$", rf"\1={uuid.uuid4().hex * 2}", example.read_text()))
    return path


def configuration(root: Path, env: Path, *names: str, profiles: tuple[str, ...] = ()) -> dict[str, Any]:
    """What Compose makes of docker-compose.yml and the named overrides.

    Raises:
        subprocess.CalledProcessError: if they aren't valid.
    """
    files = ["docker-compose.yml", *(f"compose.{name}.yml" for name in names)]
    options = [part for name in files for part in ("--file", name)]
    options += [part for profile in profiles for part in ("--profile", profile)]
    command = ["docker", "compose", "--env-file", str(env), *options, "config", "--format", "json"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ACNEFLOW_", "COMPOSE_"))}
    clean |= {"ACNEFLOW_STORE_ENDPOINT": "https://s3.example.com"} if "s3" in names else {}
    found = subprocess.run(command, cwd=root, env=clean, capture_output=True, text=True, check=True)
    configured: dict[str, Any] = json.loads(found.stdout)
    return configured


@dataclass(frozen=True, slots=True)
class Served:
    """What the first run put into production, and pictures that it never saw."""

    model: ModelDescription
    pictures: list[HeldOutImage]


@dataclass
class ComposedStack:
    """A clone, its project, and what was learnt while starting it."""

    clone: Path
    project: str
    ports: dict[str, int]
    overrides: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict)

    @classmethod
    def cloned(cls, repository: Path, folder: Path, *, overrides: tuple[str, ...] = ("offline",)) -> "ComposedStack":
        """A fresh clone of what is committed."""
        clone = folder / "acneflow"
        subprocess.run(["git", "clone", "--quiet", str(repository), str(clone)], check=True)
        project = f"acneflow-test-{uuid.uuid4().hex[:6]}"
        return cls(clone, project, dict(zip(PORTS, free_ports(len(PORTS)), strict=True)), overrides)

    @property
    def environment(self) -> dict[str, str]:
        """By which `make up` keeps out of the way of a stack that runs here already."""
        ports = {f"ACNEFLOW_{name}_PORT": str(port) for name, port in self.ports.items()}
        return {
            **os.environ,
            **ports,
            "COMPOSE_PROJECT_NAME": self.project,
            "ACNEFLOW_VERSION": os.environ.get("ACNEFLOW_VERSION", "stack-test"),
            # the sample site shares two cores with everything; politeness would make the scrape take minutes
            "ACNEFLOW_SCRAPER_AUTOTHROTTLE": "no",
        }

    def make(self, *arguments: str, timeout_s: float = UP_TIMEOUT_S) -> str:
        """Run a target of the clone's Makefile; returns what it said."""
        began = time.monotonic()
        done = subprocess.run(
            ["make", *arguments],
            cwd=self.clone,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        self.seconds[arguments[0]] = time.monotonic() - began
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def refusal(self, *arguments: str) -> str:
        """Run a target of the clone's Makefile that must fail; returns what it said."""
        with pytest.raises(AssertionError) as failed:
            self.make(*arguments)
        return str(failed.value)

    def compose(self, *arguments: str) -> str:
        """Run `docker compose` on it."""
        done = self._compose(*arguments)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def containers(self) -> dict[str, dict[str, Any]]:
        """Service → what `docker inspect` says of its container."""
        ids = self.compose("ps", "--all", "--quiet").split()
        shown = subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True, check=True)
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in json.loads(shown.stdout)}

    def inside(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a service's container."""
        return self._compose("exec", "--no-TTY", service, *command)

    def setting(self, name: str) -> str:
        """A value of the clone's `.env`."""
        lines = (self.clone / ".env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def client(self) -> Client:
        """The gateway's client, as administrator."""
        return Client(self.at("GATEWAY"), self.setting("ACNEFLOW_ADMIN_KEY"))

    def version_in_production(self) -> int | None:
        """The version that the gateway answers with; None while it can't."""
        try:
            found = httpx.get(f"{self.at('GATEWAY')}/readyz", timeout=10).json().get("version")
        except (httpx.HTTPError, ValueError):
            return None
        return None if found is None else int(found)

    def store(self, user: str = "") -> ObjectStore:
        """The store as one of its users sees it; as its administrator if none is named."""
        prefix = f"ACNEFLOW_{user.upper()}_STORE" if user else "ACNEFLOW_STORE"
        return ObjectStore(
            StoreSettings.model_validate(
                {
                    "store_endpoint": self.at("STORE"),
                    "store_access_key": self.setting(f"{prefix}_ACCESS_KEY"),
                    "store_secret_key": self.setting(f"{prefix}_SECRET_KEY"),
                }
            )
        )

    def at(self, port: str) -> str:
        """Address of a published port."""
        return f"http://127.0.0.1:{self.ports[port]}"

    def crash(self, service: str) -> None:
        """End a container's main process as the kernel would; `docker kill` would count as an operator's wish."""
        pid = self.containers()[service]["State"]["Pid"]
        killer = ["docker", "run", "--rm", "--pid=host", "--privileged", BASE, "python3", "-c"]
        subprocess.run([*killer, f"import os; os.kill({pid}, 9)"], check=True, capture_output=True)

    def wait_until_well(self, *services: str, timeout_s: float = 240) -> float:
        """Wait until services (all that should run, if none is named) run and are healthy; returns the seconds."""

        def ill() -> list[str]:
            found = self.containers()
            names = services or tuple(n for n, c in found.items() if c["HostConfig"]["RestartPolicy"]["Name"] != "no")
            return [n for n in names if found[n]["State"].get("Health", {}).get("Status") != "healthy"]

        return waited(ill, timeout_s=timeout_s)

    def _compose(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        names = ("docker-compose.yml", *(f"compose.{name}.yml" for name in self.overrides))
        files = [part for name in names for part in ("--file", name)]
        command = ["docker", "compose", "--profile", "sample", *files, *arguments]
        environment = self.environment
        return subprocess.run(command, cwd=self.clone, env=environment, capture_output=True, text=True, check=False)


def waited(ill: Callable[[], object], *, timeout_s: float, poll_s: float = 1.0) -> float:
    """Ask until nothing is wrong; returns the seconds it took."""
    began = time.monotonic()
    while wrong := ill():
        assert time.monotonic() - began < timeout_s, f"after {timeout_s:.0f} s still: {wrong}"
        time.sleep(poll_s)
    return time.monotonic() - began


@contextmanager
def running(stack: ComposedStack, *flags: str) -> Iterator[ComposedStack]:
    """`make up` now, `make reset` afterwards."""
    try:
        stack.make("up", *flags)
        yield stack
    finally:
        stack.make("reset")


def first_run(stack: ComposedStack) -> Served:
    """Scrape, train and publish; wait until it is served."""
    with stack.client() as client:
        run = client.wait(client.start_run(RunRequest(source="sample")).id, timeout_s=RUN_TIMEOUT_S)
        assert run.state == "success", run
        assert client.wait_until_ready(timeout_s=60).ready
    model = production_model(stack.store(), "acne")
    assert model is not None
    return Served(model, held_out_images(stack.store(), model, 3))
