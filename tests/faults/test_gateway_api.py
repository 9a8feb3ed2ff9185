"""The whole API, asked again and again in its own terms and in others."""

from pathlib import Path

import pytest

from stack.seaweedfs import SeaweedFS
from support.gateway import running_backend
from support.versions import Versions
from support.whole_api import broken_promises
from support.world import running_world

EXAMPLES = 60

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


def test_every_answer_is_one_that_is_promised(s3_server: SeaweedFS, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "versions")
    with (
        running_backend(s3_server, versions, tmp_path / "volume") as backend,
        running_world(backend, tmp_path) as world,
    ):
        broken = broken_promises(world.gateway.url, examples=EXAMPLES)
    assert not broken, "\n".join(f"{operation}: {how}" for operation, how in broken.items())
