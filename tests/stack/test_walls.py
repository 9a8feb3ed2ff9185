"""What a container can't do, even if someone else got hold of it."""

import re

import pytest

from support.composed_stack import ComposedStack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

ASK = """
import sys, urllib.request, urllib.error
try:
    request = urllib.request.Request(sys.argv[2], method=sys.argv[1])
    print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError as error:
    print("unreachable")
"""


def asked(stack: ComposedStack, service: str, method: str, url: str) -> str:
    """The status that a service gets, or `unreachable`."""
    return stack.inside(service, "python", "-c", ASK, method, url).stdout.strip()


@pytest.mark.parametrize(
    ("service", "address"),
    [
        ("frontend", "http://store:9000/"),
        ("frontend", "http://model-server:8501/"),
        ("frontend", "http://docker-door:2376/containers/json"),
        ("gateway", "http://docker-proxy:2375/_ping"),
        ("gateway", "http://postgres:5432/"),
        ("sync", "http://docker-proxy:2375/_ping"),
        ("airflow-api-server", "http://docker-proxy:2375/_ping"),
        ("gateway", "http://store:8888/"),
    ],
)
def test_what_a_service_does_not_need_is_out_of_its_reach(stack: ComposedStack, service: str, address: str) -> None:
    assert asked(stack, service, "GET", address) == "unreachable"


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("GET /_ping", "200"),
        ("GET /v1.44/containers/json", "200"),
        ("GET /v1.44/images/json", "403"),
        ("GET /v1.44/secrets", "403"),
        ("POST /v1.44/containers/{}/exec", "403"),
        ("GET /v1.44/containers/{}/archive?path=/", "403"),
        ("POST /v1.44/build", "403"),
        ("DELETE /v1.44/volumes/x", "403"),
    ],
)
def test_the_steps_door_lets_through_what_the_operator_needs(stack: ComposedStack, call: str, status: str) -> None:
    method, path = call.format(f"{stack.project}-gateway-1").split()
    assert asked(stack, "airflow-scheduler", method, f"http://docker-proxy:2375{path}") == status


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("GET /containers/{}-airflow-scheduler-1/json", "200"),
        ("POST /containers/{}-airflow-scheduler-1/start", "304"),
        ("POST /containers/{}-airflow-scheduler-1/stop", "403"),
        ("GET /containers/{}-airflow-scheduler-1/logs", "403"),
        ("GET /containers/{}-postgres-1/json", "403"),
        ("POST /containers/{}-gateway-1/start", "403"),
        ("GET /containers/json", "403"),
        ("POST /containers/create", "403"),
    ],
)
def test_the_gateways_door_opens_airflows_containers_only(stack: ComposedStack, call: str, status: str) -> None:
    method, path = call.format(stack.project).split()
    got = asked(stack, "gateway", method, f"http://docker-door:2376{path}")
    # already started is 304, which urllib counts as an error
    assert got == status


def test_what_the_gateway_may_inspect_shows_no_secret(stack: ComposedStack) -> None:
    containers = stack.containers()
    shown = str([containers[f"airflow-{name}"]["Config"] for name in ("scheduler", "dag-processor", "api-server")])
    lines = (stack.clone / ".env").read_text().splitlines()
    secrets = [line.partition("=")[2] for line in lines if re.match(r"ACNEFLOW_\w*(KEY|PASSWORD|SECRET)=.", line)]
    assert len(secrets) > 10
    assert not [secret for secret in secrets if secret in shown]
