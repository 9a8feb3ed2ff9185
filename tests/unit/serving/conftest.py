"""Published versions to serve, and what is logged meanwhile."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog

from support.versions import Versions


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Tiny versions."""
    return Versions(tmp_path_factory.mktemp("versions"))


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """The events that are logged."""
    with structlog.testing.capture_logs() as events:
        yield events
