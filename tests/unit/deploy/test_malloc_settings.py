"""The memory settings of the stack on one machine are those of the images."""

import re
from pathlib import Path

import pytest

from stack.services import GATEWAY_MALLOC, SERVING_MALLOC


@pytest.mark.parametrize(("service", "settings"), [("gateway", GATEWAY_MALLOC), ("serving", SERVING_MALLOC)])
def test_the_image_sets_what_the_stack_sets(repository: Path, service: str, settings: dict[str, str]) -> None:
    dockerfile = (repository / "services" / "Dockerfile").read_text()
    stage = dockerfile.partition(f"FROM service AS {service}\n")[2].partition("\nFROM ")[0]
    assert dict(re.findall(r"(MALLOC_\w+)=(\d+)", stage)) == settings
