"""The command as a process: its one line, its settings, and how it ends."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

COMMAND = str(Path(sys.executable).with_name("sample-site"))


def test_it_serves_until_sigterm_and_says_one_line(environment: dict[str, str]) -> None:
    environment["ACNEFLOW_SAMPLE_SITE_SEED"] = "11"
    process = subprocess.Popen(
        [COMMAND, "--port", "0", "--cases-per-class", "2", "--slow-page-s", "30"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.fullmatch(r"synthetic atlas \(seed 11\) at (http://127\.0\.0\.1:\d+)/\n", line)
        assert match is not None, line
        with urlopen(f"{match[1]}/healthz", timeout=5) as response:  # noqa: S310 (our own server)
            assert response.status == 200
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=10)
        assert (process.returncode, rest) == (0, "")
        assert time.monotonic() - asked < 5
    finally:
        process.kill()
        process.communicate()


def test_a_taken_port_is_named(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [COMMAND, "--port", str(port)], env=environment, capture_output=True, text=True, timeout=30, check=False
        )
    assert done.returncode == 2
    assert f"can't listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(environment: dict[str, str]) -> None:
    environment["ACNEFLOW_SAMPLE_SITE_CASES_PER_CLASS"] = "1"
    done = subprocess.run([COMMAND], env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "ACNEFLOW_SAMPLE_SITE_CASES_PER_CLASS: " in done.stderr
