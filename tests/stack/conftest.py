"""One stack in containers for all of these tests, from a fresh clone, and what its first pipeline run published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.composed_stack import ComposedStack, Served, first_run, missing, running


@pytest.fixture(scope="session")
def stack(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedStack]:
    """The stack after `make up OFFLINE=1`."""
    if reason := missing():
        pytest.skip(reason)
    with running(ComposedStack.cloned(repository, tmp_path_factory.mktemp("clone")), "OFFLINE=1") as stack:
        yield stack


@pytest.fixture(scope="session")
def served(stack: ComposedStack) -> Served:
    """The first run, started through the gateway and done by containers."""
    return first_run(stack)


@pytest.fixture(scope="session")
def online(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedStack]:
    """The stack with the images that have to be pulled: MinIO, TensorFlow Serving, Prometheus and Grafana."""
    if reason := missing():
        pytest.skip(reason)
    stack = ComposedStack.cloned(repository, tmp_path_factory.mktemp("online"), overrides=())
    with running(stack, "MONITORING=1"):
        yield stack


@pytest.fixture(scope="session")
def served_online(online: ComposedStack) -> Served:
    """What the first run put into production there."""
    return first_run(online)
