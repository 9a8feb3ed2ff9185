"""What Compose makes of our files: valid in every combination, and every service fenced in."""

import re
from collections.abc import Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest

from support.composed_stack import OVERRIDES, configuration, filled_env, missing

PROFILES = ("sample", "monitoring")
STORES = {"seaweedfs", "offline", "s3"}
ONCE = {"secrets", "store-init", "store-users", "airflow-init"}
STEPS = {"scraper", "trainer"}
AS_ROOT = {"secrets", "postgres", "store", "store-users", "docker-proxy", "docker-door"}
"""Whose entrypoint needs it, or the Docker socket; without capabilities, or with those named in the file."""

MAY_BE_SECRET = ("GATEWAY_SECRET", "FRONTEND_API_KEY", "NOTIFY_WEBHOOK_URL", "NOTIFY_SLACK_URL", "NOTIFY_SMTP_URL")
"""Settings that may be left out, and let in whoever knows them."""
NOT_IN_CONTAINERS = {
    *("ACNEFLOW_STATE", "ACNEFLOW_CACHE", "ACNEFLOW_TAXONOMY", "ACNEFLOW_TENSORBOARD"),  # paths of this machine
    *("MLFLOW_TRACKING_URI", "OTEL_EXPORTER_OTLP_ENDPOINT"),  # extras, which the images lack
}


def subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """All of them, the empty one included."""
    return chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))


FILES = [chosen for chosen in subsets(OVERRIDES) if len(STORES & set(chosen)) < 2]


@pytest.fixture(autouse=True)
def needs_compose() -> None:
    if reason := missing(engine=False):
        pytest.skip(reason)


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """Settings with every secret in place."""
    return filled_env(tmp_path)


@pytest.mark.parametrize("names", FILES, ids="+".join)
def test_every_combination_of_files_and_profiles_is_valid(repository: Path, env: Path, names: tuple[str, ...]) -> None:
    for profiles in subsets(PROFILES):
        assert configuration(repository, env, *names, profiles=profiles)["services"]["gateway"]


@pytest.mark.parametrize("names", FILES, ids="+".join)
def test_every_service_is_fenced_in(repository: Path, env: Path, names: tuple[str, ...]) -> None:
    for name, service in services(repository, env, *names).items():
        if name in STEPS:
            continue
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["mem_limit"]) > 0, name
        assert service["pids_limit"] > 0, name
        assert service["logging"]["options"] == {"max-file": "3", "max-size": "10m"}, name
        assert service["restart"] == ("no" if name in ONCE else "unless-stopped"), name
        assert not service.get("privileged"), name
        assert (service.get("user", "") == "0:0" or name == "postgres") <= (name in AS_ROOT), name


@pytest.mark.parametrize("names", FILES, ids="+".join)
def test_ports_are_open_to_this_machine_alone(repository: Path, env: Path, names: tuple[str, ...]) -> None:
    for name, service in services(repository, env, *names).items():
        assert {port["host_ip"] for port in service.get("ports", [])} <= {"127.0.0.1"}, name


def test_only_the_doors_hold_dockers_socket(repository: Path, env: Path) -> None:
    holders = {
        name
        for name, service in services(repository, env, "offline").items()
        for volume in service.get("volumes", [])
        if volume["source"] == "/var/run/docker.sock"
    }
    assert holders == {"docker-proxy", "docker-door"}


def test_networks_keep_people_data_and_docker_apart(repository: Path, env: Path) -> None:
    members: dict[str, set[str]] = {}
    for name, service in services(repository, env, "offline").items():
        for network in service.get("networks") or {}:
            members.setdefault(network, set()).add(name)
    assert members["docker-api"] == {"docker-proxy", "airflow-scheduler"}
    assert members["docker-door"] == {"docker-door", "gateway"}
    assert members["front"] & members["back"] == {"gateway", "airflow-api-server", "sample-site"}
    assert "frontend" not in members["back"]
    assert {name for name in members["database"] if not name.startswith("airflow-")} == {"postgres"}


def test_offline_pulls_the_three_bases_and_nothing_else(repository: Path, env: Path) -> None:
    started = configuration(repository, env, "offline", profiles=("sample",))["services"].values()
    built = {service["image"] for service in started if "build" in service}
    assert {service["image"] for service in started} - built == {"postgres:17-trixie", "haproxy:3.0"}
    # an image that several services share is built once
    assert len(built) == len([service for service in started if "build" in service])
    for dockerfile in repository.glob("*/**/Dockerfile"):
        if ".venv" in dockerfile.parts or "tests" in dockerfile.parts:
            continue
        froms = [line.split() for line in dockerfile.read_text().splitlines() if line.startswith("FROM ")]
        stages = {words[3] for words in froms if len(words) > 2}
        assert {words[1] for words in froms} - stages - {"${SERVICE}"} == {"python:3.13-slim-trixie"}, dockerfile


def test_the_embedded_server_takes_tensorflow_servings_own_command_line(repository: Path, env: Path) -> None:
    theirs = services(repository, env)["model-server"]
    ours = services(repository, env, "offline")["model-server"]
    assert theirs["image"].startswith("tensorflow/serving:")
    assert ours["command"] == theirs["command"]


def test_both_files_with_seaweedfs_say_the_same(repository: Path, env: Path) -> None:
    one, other = (services(repository, env, name)["store"] for name in ("seaweedfs", "offline"))
    assert one == other


def test_a_missing_secret_is_named(repository: Path, tmp_path: Path) -> None:
    env = filled_env(tmp_path)
    env.write_text("\n".join(line for line in env.read_text().splitlines() if "ADMIN_KEY" not in line))
    with pytest.raises(Exception) as failure:  # noqa: PT011 - what it says is what counts
        configuration(repository, env)
    assert "ACNEFLOW_ADMIN_KEY" in str(getattr(failure.value, "stderr", failure.value))


def test_compose_asks_for_no_secret_that_the_example_does_not_mark(repository: Path) -> None:
    files = [repository / "docker-compose.yml", *repository.glob("compose.*.yml")]
    asked = {
        part.split(":?")[0] for file in files for part in file.read_text().split("${")[1:] if ":?" in part.split("}")[0]
    }
    marked = {
        line[:-1] for line in (repository / ".env.example").read_text().splitlines() if re.fullmatch(r"[A-Z_]+=", line)
    }
    assert asked - {"ACNEFLOW_STORE_ENDPOINT"} == marked


@pytest.mark.parametrize("names", FILES, ids="+".join)
def test_secrets_stand_in_no_environment_but_that_of_the_one_shot_which_writes_them(
    repository: Path, env: Path, names: tuple[str, ...]
) -> None:
    secret = re.search(r"(?m)^ACNEFLOW_ADMIN_KEY=(.+)$", env.read_text())
    assert secret
    with env.open("a") as file:
        file.writelines(f"ACNEFLOW_{name}={secret[1]}\n" for name in MAY_BE_SECRET)
    found = services(repository, env, *names)
    assert {name for name, service in found.items() if secret[1] in str(service)} == {"secrets"}
    assert len([value for value in found["secrets"]["environment"].values() if value == secret[1]]) > 20


def test_a_folder_of_secrets_is_mounted_read_only_by_its_readers_alone(repository: Path, env: Path) -> None:
    readers: dict[str, set[str]] = {}
    for name, service in services(repository, env, "offline").items():
        for volume in service.get("volumes", []):
            if volume["source"].endswith(("-secrets", "-keys")) and name != "secrets":
                assert volume["read_only"], name
                readers.setdefault(volume["source"], set()).add(name.partition("-")[0])
    assert readers == {
        "airflow-init-secrets": {"airflow"},
        "airflow-secrets": {"airflow"},
        "frontend-secrets": {"frontend"},
        "gateway-secrets": {"gateway"},
        "grafana-secrets": {"grafana"},
        "postgres-secrets": {"postgres"},
        "serving-keys": {"sync"},
        "store-secrets": {"store"},
    }


def test_every_setting_of_the_example_reaches_a_container(repository: Path) -> None:
    files = [repository / "docker-compose.yml", *repository.glob("compose.*.yml"), repository / "deploy" / "compose.py"]
    text = "".join(file.read_text() for file in files)
    known = set(re.findall(r"(?m)^#?([A-Z][A-Z0-9_]+)=", (repository / ".env.example").read_text()))
    assert {name for name in known if not re.search(rf"\b{name}\b", text)} == NOT_IN_CONTAINERS


def services(repository: Path, env: Path, *names: str) -> dict[str, Any]:
    """All services that such files start, whatever their profile."""
    configured: dict[str, Any] = configuration(repository, env, *names, profiles=PROFILES)["services"]
    return configured
