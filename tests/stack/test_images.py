"""Our images: small, without a compiler or root, and rebuilt in seconds when code changes."""

import json
import subprocess
import time
from typing import Any

import pytest

from support.composed_stack import BASE, ComposedStack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

LARGEST_MB = {"gateway": 180, "scraper": 150, "serving": 150, "frontend": 500, "sample-site": 180, "store": 180}
"""Beyond the base. `serving` is the sync sidecar and the embedded model server in one."""
OURS = (*LARGEST_MB, "trainer", "airflow")
REBUILT_S = 60
"""For a changed line in a library that every service has; a few seconds each on a machine that does nothing else."""


def image(stack: ComposedStack, name: str) -> dict[str, Any]:
    """What `docker image inspect` says."""
    return inspected(f"acneflow/{name}:{stack.environment['ACNEFLOW_VERSION']}")


def inspected(tag: str) -> dict[str, Any]:
    shown = subprocess.run(["docker", "image", "inspect", tag], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(shown.stdout)[0]
    return found


@pytest.mark.parametrize(("name", "largest_mb"), LARGEST_MB.items())
def test_an_image_is_small(stack: ComposedStack, name: str, largest_mb: int) -> None:
    assert (image(stack, name)["Size"] - inspected(BASE)["Size"]) / 1e6 <= largest_mb


@pytest.mark.parametrize("name", OURS)
def test_an_image_starts_as_nobody_and_says_what_it_is(stack: ComposedStack, name: str) -> None:
    configured = image(stack, name)["Config"]
    assert configured["User"] == "10001:10001"
    assert configured["Cmd"][0] not in {"sh", "/bin/sh", "bash"}, "exec form"
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in configured["Labels"].items()}
    assert {"title", "description", "licenses", "version"} <= labels.keys()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=stack.clone, capture_output=True, text=True, check=True)
    assert labels["revision"] == head.stdout.strip()
    assert not any(word in part for word in ("SECRET", "PASSWORD", "KEY") for part in configured["Env"])


@pytest.mark.parametrize("name", OURS)
def test_an_image_holds_neither_a_compiler_nor_the_tools_it_was_built_with(stack: ComposedStack, name: str) -> None:
    tag = f"acneflow/{name}:{stack.environment['ACNEFLOW_VERSION']}"
    ask = "import shutil; print([n for n in ('gcc', 'cc', 'uv', 'strip', 'git', 'curl') if shutil.which(n)])"
    done = subprocess.run(
        ["docker", "run", "--rm", "--network=none", "--entrypoint=python", tag, "-c", ask],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_change_of_code_is_built_in_seconds(stack: ComposedStack) -> None:
    changed = stack.clone / "services" / "gateway" / "src" / "gateway" / "__init__.py"
    before = changed.read_text()
    changed.write_text(before + "\n# changed\n")
    try:
        began = time.monotonic()
        stack.compose("build", "--quiet", "gateway")
        took = time.monotonic() - began
    finally:
        changed.write_text(before)
    assert took < REBUILT_S
