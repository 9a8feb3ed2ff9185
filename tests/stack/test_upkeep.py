"""A new version of the code, and new secrets: `make up` brings both, and nothing is lost."""

import re
import secrets
from pathlib import Path

import httpx
import pytest

from acneflow_client import RunRequest
from objectstore import StoreError
from support.composed_stack import RUN_TIMEOUT_S, ComposedStack, Served

pytestmark = [pytest.mark.stack, pytest.mark.timeout(RUN_TIMEOUT_S + 900)]

KEPT = ("ACNEFLOW_POSTGRES_PASSWORD", "ACNEFLOW_AIRFLOW_PASSWORD", "ACNEFLOW_GRAFANA_PASSWORD")
"""Which their programs keep in a database, where they are changed (docs/operations.md)."""


def test_a_new_version_with_new_secrets_goes_on_where_the_old_one_was(
    stack: ComposedStack, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stack.client() as client:
        runs = {run.id for run in client.runs()}
    before, admin, version = stack.store(), stack.setting("ACNEFLOW_ADMIN_KEY"), stack.version_in_production()
    kept = {entry.key: entry.size for entry in before.walk("models/")}
    rotate(stack.clone / ".env")
    monkeypatch.setenv("ACNEFLOW_VERSION", "stack-test-next")
    stack.make("up", "OFFLINE=1")

    tags = {each["Config"]["Image"].partition(":")[2] for each in stack.containers().values()}
    assert tags == {"stack-test-next", "17-trixie", "3.0"}
    assert kept.items() <= {entry.key: entry.size for entry in stack.store().walk("models/")}.items()
    with pytest.raises(StoreError):
        before.head("models/acne/channels.json")
    with stack.client() as client:
        assert client.predict(served.pictures[0].data).model.version == version
        assert runs <= {run.id for run in client.runs()}
        # the steps' own keys, and Airflow's; the sample site's pictures are those of the run before
        run = client.wait(client.start_run(RunRequest(source="sample")).id, timeout_s=RUN_TIMEOUT_S)
        assert run.state == "success", run
    asked = {"Authorization": f"Bearer {admin}"}
    refused = httpx.post(
        f"{stack.at('GATEWAY')}/v1/pipeline/runs", json={"source": "sample"}, headers=asked, timeout=60
    )
    assert refused.status_code == httpx.codes.UNAUTHORIZED


def rotate(env: Path) -> None:
    """A new value for every secret that `make up` can change."""

    def renewed(line: str) -> str:
        name = line.partition("=")[0]
        secret = re.fullmatch(r"ACNEFLOW_\w*(KEY|PASSWORD|SECRET)", name) and name not in KEPT
        return f"{name}={secrets.token_hex(32)}" if secret else line

    env.write_text("".join(f"{renewed(line)}\n" for line in env.read_text().splitlines()))
