"""The contract between Airflow and a step: exit codes, and the result as the last line of output.

A step is a command of a service image. It prints a line of progress at least every 30 s and ends with
`::result::{json}`. SIGTERM stops it within 10 s.
"""

import json
import signal
import sys
from collections.abc import Callable, Mapping
from enum import IntEnum
from types import FrameType
from typing import NoReturn

from contracts.manifest import InvalidManifestError
from contracts.taxonomy import TaxonomyError

RESULT_PREFIX = "::result::"

Result = Mapping[str, object]


class Exit(IntEnum):
    """What a step's exit code tells Airflow."""

    DONE = 0
    FAILED = 1
    """Try again."""
    INVALID = 2
    """Bad configuration or input: trying again can't help."""
    NOTHING_NEW = 99
    """Skip what follows."""
    TERMINATED = 128 + signal.SIGTERM


class StepError(Exception):
    """The root of each service's error tree; a step that raises it ends with `exit_code`."""

    exit_code = Exit.FAILED


class InvalidInputError(StepError):
    """Bad configuration or input; the message says what was expected, what came, and what to do."""

    exit_code = Exit.INVALID


class NothingNewError(StepError):
    """There is nothing to do, so the steps that follow are skipped; carries the result all the same."""

    exit_code = Exit.NOTHING_NEW

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def run_step(step: Callable[[], Result]) -> NoReturn:
    """Run a step and end the process as the contract says: the one place where errors become exit codes."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        result = step()
    except NothingNewError as nothing:
        say(str(nothing))
        say(format_result(nothing.result))
        sys.exit(nothing.exit_code)
    except (InvalidManifestError, TaxonomyError) as error:
        _complain(error)
        sys.exit(Exit.INVALID)
    except StepError as error:
        _complain(error)
        sys.exit(error.exit_code)
    say(format_result(result))
    sys.exit(Exit.DONE)


def format_result(result: Result) -> str:
    """The line that hands a result to Airflow."""
    return RESULT_PREFIX + json.dumps(result, separators=(",", ":"), sort_keys=True)


def _complain(error: Exception) -> None:
    sys.stdout.flush()
    print(f"error: {error}", file=sys.stderr, flush=True)


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(Exit.TERMINATED)
