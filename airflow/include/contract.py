"""The contract with a step, as Airflow sees it: exit codes, and the result in the last line of output.

The other side of it is `contracts.steps` of the workspace, which this environment can't import.
"""

import json
from collections.abc import Mapping
from enum import IntEnum

RESULT_PREFIX = "::result::"
ERROR_PREFIX = "error: "

Result = Mapping[str, object]


class Exit(IntEnum):
    """The exit codes that mean something; any other says that trying again may help."""

    DONE = 0
    INVALID = 2
    """Bad configuration or input: trying again can't help."""
    NOTHING_NEW = 99
    """Skip what follows."""


class BrokenResultError(ValueError):
    """A step's result isn't what the contract promises."""


class StepOutput:
    """Keeps of a step's output what decides about it: the result, the last error, the last word."""

    def __init__(self) -> None:
        self._result_line: str | None = None
        self._last_error: str | None = None
        self._last_line = ""

    def add(self, line: str) -> None:
        """Take the next line of output, without its line break."""
        if line.startswith(RESULT_PREFIX):
            self._result_line = line
        elif line.strip():
            self._last_line = line.strip()
            if line.startswith(ERROR_PREFIX):
                self._last_error = line.removeprefix(ERROR_PREFIX).strip()

    @property
    def reason(self) -> str:
        """The last line that says `error: …`, else the last line that isn't the result."""
        return self._last_error or self._last_line or "it said nothing"

    @property
    def result(self) -> Result | None:
        """The last result line's JSON object; none where there was no such line.

        Raises:
            BrokenResultError: if the line holds anything but a JSON object.
        """
        if self._result_line is None:
            return None
        text = self._result_line.removeprefix(RESULT_PREFIX)
        try:
            result = json.loads(text)
        except json.JSONDecodeError as error:
            msg = f"expected {RESULT_PREFIX} followed by a JSON object, got {text[:200]!r} ({error})"
            raise BrokenResultError(msg) from error
        if not isinstance(result, dict):
            msg = f"expected {RESULT_PREFIX} followed by a JSON object, got {text[:200]!r}"
            raise BrokenResultError(msg)
        return result
