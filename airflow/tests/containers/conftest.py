"""What the tests against a real engine share."""

from collections.abc import Iterator

import pytest
from docker import APIClient

from support.engine import PREFIX, build_images, containers, settings


@pytest.fixture(scope="session")
def engine() -> APIClient:
    """The engine of this machine, with the stand-in images."""
    build_images()
    return APIClient()


@pytest.fixture
def stack(engine: APIClient, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a stack of this test's own; afterwards nothing of it may be left."""
    name = f"{PREFIX}{abs(hash(request.node.name)) % 10**8}"
    for variable, value in settings(name).items():
        monkeypatch.setenv(variable, value)
    yield name
    left = containers(engine, name)
    for container in left:
        engine.remove_container(container["Id"], force=True)
    assert not left, f"left behind: {[each['Names'] for each in left]}"
