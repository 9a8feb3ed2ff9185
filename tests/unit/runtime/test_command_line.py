"""A command's errors become its exit code, and one line that names what is wrong."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from contracts.steps import InvalidInputError
from runtime.command_line import CommandLine
app = CommandLine("Does things.")
@app.command()
def broken() -> None:
    raise InvalidInputError("expected one, got none")
@app.command()
def missing() -> None:
    open("/nowhere/at/all")
app()
"""


def run(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_an_error_of_ours_is_one_line_and_its_own_exit_code(tmp_path: Path) -> None:
    ended = run("broken", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "error: expected one, got none\n")


def test_an_error_of_the_system_names_the_file(tmp_path: Path) -> None:
    ended = run("missing", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == "error: /nowhere/at/all: No such file or directory\n"


def test_help_says_what_it_is(tmp_path: Path) -> None:
    assert "Does things." in run("--help", folder=tmp_path).stdout
