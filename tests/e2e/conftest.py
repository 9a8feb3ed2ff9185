"""One embedded stack for all end-to-end tests: started once, by the command that a newcomer types."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.embedded_stack import Demo, EmbeddedStack


@pytest.fixture(scope="session")
def demo(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The stack after its first demo."""
    stack = EmbeddedStack.fresh(repository, tmp_path_factory.mktemp("embedded"))
    try:
        outcome = stack.run("demo")
        assert outcome.returncode == 0, outcome.stdout
        yield Demo(stack, outcome.stdout)
    finally:
        stack.run("down")
