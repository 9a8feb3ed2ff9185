"""Published versions to serve."""

import pytest

from support.versions import Versions


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Tiny versions, exported once."""
    return Versions(tmp_path_factory.mktemp("versions"))
