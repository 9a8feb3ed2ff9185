"""Console commands as processes of their own, as a person or Airflow runs them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from objectstore import StoreSettings


def command_environment(store: StoreSettings) -> dict[str, str]:
    """By which a command finds a store."""
    return {
        "ACNEFLOW_BUCKET": store.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(store.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": store.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": store.store_secret_key.get_secret_value(),
    }


def console(command: str, *arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run one of our commands to its end, which must be a good one."""
    program = Path(sys.executable).with_name(command)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
    ended = subprocess.run(
        [program, *arguments],
        env={**inherited, "ACNEFLOW_ENV_FILE": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended
