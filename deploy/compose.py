"""`make up`, `make down` and `make reset`: the stack in containers, from a checkout with nothing installed but Python.

It adds to `docker compose` what a first start lacks: settings with random secrets, a word on what is missing, the log
of what failed, and where to look afterwards. Everything else is `docker compose`'s own, and can be done with it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "libs" / "stack" / "src"))

from stack.envfile import Installation, StackError, ensure_env_file  # noqa: E402

INSTALLATION = Installation(ROOT, ROOT / ".env")
MIN_COMPOSE = (2, 24, 4)
"""The first that knows the tags by which one file overrides another."""
MIN_FREE_BYTES = 8 * 2**30
"""The images take 4 GB, and as much again while they are built."""
LOG_LINES = 15
MONITORING = "monitoring"
"""The profile with which Airflow is to tell of its runs."""


def main() -> None:
    """Obey the command line; what goes wrong is told in one message."""
    parser = argparse.ArgumentParser(prog="deploy/compose.py")
    parser.add_argument("command", choices=["up", "down", "reset", "present"])
    parser.add_argument(
        "--with", dest="overrides", action="append", default=[], metavar="NAME", help="compose.NAME.yml"
    )
    parser.add_argument("--profile", action="append", default=[], help="besides those of COMPOSE_PROFILES")
    arguments = parser.parse_args()
    if arguments.command == "present":
        sys.exit(not present())
    try:
        check_engine()
        if arguments.command == "up":
            up(arguments.overrides, arguments.profile)
        else:
            down(and_data=arguments.command == "reset")
    except StackError as error:
        sys.exit(f"error: {error}")


def up(overrides: list[str], profiles: list[str]) -> None:
    """Make `.env`, build, start, wait until all is well, and say where to look."""
    began = time.monotonic()
    if {"offline", "gpu"} <= set(overrides):
        raise StackError("OFFLINE=1 brings the embedded model server, for CPUs only; leave OFFLINE or GPU out")
    if added := ensure_env_file(INSTALLATION):
        print(f"wrote random secrets into {INSTALLATION.env_file}: {', '.join(added)}", flush=True)
    files = ["docker-compose.yml", *(f"compose.{name}.yml" for name in overrides)]
    for missing in (name for name in files if not (ROOT / name).exists()):
        known = ", ".join(sorted(path.name.split(".")[1] for path in ROOT.glob("compose.*.yml")))
        raise StackError(f"there is no {missing}; there are {known}")
    options = [part for name in files for part in ("--file", name)]
    options += [part for name in [*_profiles(), *profiles] for part in ("--profile", name)]
    os.environ.setdefault("ACNEFLOW_REVISION", _revision())
    if MONITORING in options:
        os.environ.setdefault("ACNEFLOW_AIRFLOW_METRICS", "True")
    print("building what changed …", flush=True)
    _compose(*options, "--progress", "quiet", "build", failing="the images can't be built")
    built = time.monotonic()
    print(f"built in {built - began:.0f} s; starting …", flush=True)
    _check_volume_of_store(options)
    # orphans are services of an earlier release that this one doesn't have any more
    start = (*options, "--progress", "quiet", "up", "--detach", "--wait", "--remove-orphans")
    try:
        _compose(*start, failing="not everything came up")
    except StackError as error:
        raise StackError("\n".join([str(error), *_failures(options)])) from None
    if stale := _services_with_changed_files(options):
        print(f"starting anew, since files that they read have changed: {', '.join(stale)}", flush=True)
        _compose(*options, "restart", *stale, failing="they can't be started anew")
        _compose(*start, failing="not everything came up")
    print(f"all is well after {time.monotonic() - built:.0f} s")
    print(_addresses())
    print(f"next: docker compose {' '.join(options)} ps   (or logs, exec, …); make down; make reset")


def down(*, and_data: bool) -> None:
    """Stop every container, steps included; with `and_data` delete all volumes, too. `.env` stays."""
    project = _project()
    steps = _output("docker", "ps", "--all", "--quiet", "--filter", f"label=acneflow.stack={project}").split()
    if steps:
        print(f"ending {len(steps)} steps of the pipeline", flush=True)
        _run(["docker", "stop", "--time", "10", *steps], failing="steps can't be stopped")
        _run(["docker", "rm", "--force", "--volumes", *steps], failing="steps can't be removed")
    _compose(
        "--project-name",
        project,
        "--progress",
        "quiet",
        "down",
        "--remove-orphans",
        failing="the stack can't be stopped",
    )
    if and_data:
        label = f"label=com.docker.compose.project={project}"
        volumes = _output("docker", "volume", "ls", "--quiet", "--filter", label).split()
        if volumes:
            _run(["docker", "volume", "rm", *volumes], failing="volumes can't be deleted")
        print(f"deleted {len(volumes)} volumes: images, models and Airflow's history")


def present() -> bool:
    """Whether any container of the stack is there."""
    label = f"label=com.docker.compose.project={_project()}"
    return shutil.which("docker") is not None and bool(_output("docker", "ps", "--all", "--quiet", "--filter", label))


def check_engine() -> None:
    """Refuse to go on without an engine and a Compose that can do it.

    Raises:
        StackError: naming what is missing.
    """
    if shutil.which("docker") is None:
        raise StackError(
            "there is no `docker`; install Docker Engine with Compose, or use `make demo`, which needs none"
        )
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        raise StackError("Docker's engine doesn't answer (`docker info`); is it running, and may you use it?")
    version = _output("docker", "compose", "version", "--short").removeprefix("v").split("-")[0].split("+")[0]
    if tuple(int(part) for part in version.split(".")) < MIN_COMPOSE:
        wanted = ".".join(map(str, MIN_COMPOSE))
        raise StackError(
            f"Compose is {version or 'missing'}, and {wanted} or newer is needed (`docker compose version`)"
        )
    root = Path(_output("docker", "info", "--format", "{{.DockerRootDir}}"))
    if root.exists() and shutil.disk_usage(root).free < MIN_FREE_BYTES:
        free = shutil.disk_usage(root).free / 2**30
        raise StackError(f"{root}, where Docker keeps images, has {free:.1f} GB left; 8 GB are needed")


def _check_volume_of_store(options: list[str]) -> None:
    """Refuse a volume that the other store wrote: neither can read it, and both would only start again and again."""
    config = json.loads(_output("docker", "compose", *options, "config", "--format", "json"))
    store = config["services"].get("store")
    if store is None:
        return
    volume = config["volumes"]["store"]["name"]
    if not _output("docker", "volume", "ls", "--quiet", "--filter", f"name=^{volume}$"):
        return
    look = ["docker", "run", "--rm", "--network=none", "--user=0:0", f"--volume={volume}:/data:ro", "--entrypoint=ls"]
    names = _output(*look, config["services"]["secrets"]["image"], "--almost-all", "/data").split()
    writer = "MinIO" if ".minio.sys" in names else "SeaweedFS" if {"filerldb2", "vol_dir.uuid"} & set(names) else None
    wanted = "SeaweedFS" if store["image"].startswith("acneflow/store:") else "MinIO"
    if writer not in {None, wanted}:
        flags = " OFFLINE=1 or STORE=seaweedfs" if writer == "SeaweedFS" else ", without OFFLINE and STORE,"
        raise StackError(
            f"the volume {volume} holds what {writer} wrote, which {wanted} can't read; "
            f"make up{flags} goes on with it, make reset deletes it and everything else for a new start"
        )


def _failures(options: list[str]) -> list[str]:
    """What isn't well, and the end of its log."""
    lines = []
    listed = _output("docker", "compose", *options, "ps", "--all", "--format", "json")
    for container in map(json.loads, listed.splitlines()):
        if container["Health"] == "unhealthy" or container["ExitCode"] or container["State"] == "restarting":
            name = container["Service"]
            lines.append(f"{name}: {container['Status']}")
            log = subprocess.run(
                ["docker", "logs", "--tail", str(LOG_LINES), container["ID"]],
                capture_output=True,
                text=True,
                check=False,
            )
            lines += [f"  | {line}" for line in (log.stdout + log.stderr).splitlines()[-LOG_LINES:]]
    return lines


def _services_with_changed_files(options: list[str]) -> list[str]:
    """Services that were started before a file that is mounted into them changed, which Compose doesn't look at."""
    running = _output("docker", "compose", *options, "ps", "--quiet").split()
    stale = []
    for container in json.loads(_output("docker", "inspect", *running)):
        started = datetime.fromisoformat(container["State"]["StartedAt"]).timestamp()
        files = [Path(mount["Source"]) for mount in container["Mounts"] if mount["Type"] == "bind"]
        if any(file.is_file() and file.stat().st_mtime > started for file in files):
            stale.append(container["Config"]["Labels"]["com.docker.compose.service"])
    return stale


def _addresses() -> str:
    settings = _settings()

    def at(port: str, default: int) -> str:
        return f"{settings.get('ACNEFLOW_BIND') or '127.0.0.1'}:{settings.get(port) or default}"

    user = settings.get("ACNEFLOW_AIRFLOW_USERNAME") or "admin"
    return "\n".join(
        [
            f"  web page             http://{at('ACNEFLOW_FRONTEND_PORT', 8501)}",
            f"  API, documented      http://{at('ACNEFLOW_GATEWAY_PORT', 8000)}/docs",
            f"  Airflow              http://{at('ACNEFLOW_AIRFLOW_PORT', 8080)} (user {user}, password:"
            " ACNEFLOW_AIRFLOW_PASSWORD in .env)",
            f"  model server         {at('ACNEFLOW_SERVING_PORT', 8500)} (gRPC)",
            f"  store                http://{at('ACNEFLOW_STORE_PORT', 9000)} (S3)",
        ]
    )


def _settings() -> dict[str, str]:
    """`.env` as far as we need it, and the environment, which wins."""
    try:
        lines = INSTALLATION.env_file.read_text().splitlines()
    except FileNotFoundError:
        lines = []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value.strip() for name, _, value in pairs} | dict(os.environ)


def _profiles() -> list[str]:
    return [name for name in _settings().get("COMPOSE_PROFILES", "").split(",") if name]


def _project() -> str:
    return _settings().get("COMPOSE_PROJECT_NAME") or "acneflow"


def _revision() -> str:
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT)
    return found.stdout.strip() or "unknown"


def _compose(*arguments: str, failing: str) -> None:
    _run(["docker", "compose", *arguments], failing=failing)


def _run(command: list[str], *, failing: str) -> None:
    if subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
        raise StackError(f"{failing} (`{' '.join(command)}`)")


def _output(*command: str) -> str:
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return found.stdout.strip()


if __name__ == "__main__":
    main()
