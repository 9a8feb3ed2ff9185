"""Errors that are kept longer than their `except` block."""

from typing import TypeVar

Error = TypeVar("Error", bound=BaseException)


def without_trace(error: Error) -> Error:
    """The same error without its trace and the errors before it: they hold on to the photo that was being sent."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
