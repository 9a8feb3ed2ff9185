"""The command lines of docs/api.md, run as they stand there: only the port is this test's, and `<id>` a run's."""

import json
import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from support.gateway import ADMIN_KEY, Gateway
from support.photos import photo

OWN = ("curl", "echo")
"""Commands with a gateway to talk to; the rest of the page's commands have tests of their own."""


def documented(page: str) -> list[str]:
    """Commands of the page, those over several lines in one piece."""
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    commands = [command for block in blocks for command in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    return [command.strip() for command in commands if command.startswith(OWN)]


@pytest.mark.usefixtures("airflow")
def test_every_curl_line_of_the_documentation_works(repository: Path, gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo())
    commands = documented((repository / "docs" / "api.md").read_text())
    assert len(commands) >= 7
    run_id = ""
    for command in commands:
        ours = command.replace("http://127.0.0.1:8000", gateway.url).replace("<id>", run_id)
        ours = ours.replace("curl ", "curl --fail-with-body --silent --show-error ")
        environment = {**os.environ, "ACNEFLOW_ADMIN_KEY": ADMIN_KEY, "no_proxy": "127.0.0.1"}
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", ours],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert answers, command
        run_id = answers[0].get("id", run_id)
    rules = f"{gateway.url}/v1/models/acne/traffic"
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    assert httpx.put(rules, json={"mode": "off", "share": 0}, headers=headers).status_code == 200
