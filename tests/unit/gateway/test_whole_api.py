"""Nothing that the OpenAPI document allows is answered in another way than it promises, nor what it doesn't allow."""

from pathlib import Path

import pytest

from stack.seaweedfs import SeaweedFS
from support.gateway import running_backend
from support.versions import Versions
from support.whole_api import broken_promises
from support.world import running_world

EXAMPLES = 2
"""`tests/faults` asks sixty times."""


@pytest.mark.timeout(300)
def test_every_answer_is_one_that_is_promised(s3_server: SeaweedFS, versions: Versions, tmp_path: Path) -> None:
    with (
        running_backend(s3_server, versions, tmp_path / "volume") as backend,
        running_world(backend, tmp_path) as world,
    ):
        broken = broken_promises(world.gateway.url, examples=EXAMPLES)
    assert not broken, "\n".join(f"{operation}: {how}" for operation, how in broken.items())
