"""The step contract, seen from outside: a real process, its exit code, its last line, its answer to SIGTERM."""

import signal
import subprocess
import sys
import time

import pytest

PRELUDE = "from contracts.steps import *\nfrom contracts.manifest import InvalidManifestError\nimport time\n"


def _run(body: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PRELUDE + body], capture_output=True, text=True, check=False)


def test_a_step_ends_with_its_result() -> None:
    outcome = _run("run_step(lambda: say('working') or {'b': 1, 'a': 's3://x/y'})")
    assert outcome.returncode == 0
    assert outcome.stdout.splitlines() == ["working", '::result::{"a":"s3://x/y","b":1}']


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("StepError('store away')", 1),
        ("InvalidInputError('no such folder')", 2),
        ("InvalidManifestError('damaged')", 2),
    ],
)
def test_an_error_becomes_an_exit_code_and_one_line(error: str, code: int) -> None:
    outcome = _run(f"def step(): raise {error}\nrun_step(step)")
    assert outcome.returncode == code
    assert outcome.stderr.startswith("error: ")
    assert "::result::" not in outcome.stdout


def test_nothing_new_still_hands_on_what_there_is() -> None:
    outcome = _run("def step(): raise NothingNewError('all done before', {'run': 'r'})\nrun_step(step)")
    assert outcome.returncode == 99
    assert outcome.stdout.splitlines() == ["all done before", '::result::{"run":"r"}']


def test_sigterm_ends_a_step_without_a_result() -> None:
    code = PRELUDE + "run_step(lambda: say('started') or time.sleep(60) or {})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGTERM
    assert rest == ""
    assert time.monotonic() - began < 5
