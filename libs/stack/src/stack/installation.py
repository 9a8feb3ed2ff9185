"""A checkout, and the root of what can go wrong with it.

It needs nothing but Python, like `envfile`: `make up` runs both where nothing is installed.
"""

from dataclasses import dataclass
from pathlib import Path


class StackError(Exception):
    """The root of what can go wrong here; the message names the cause and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A checkout and the file with its settings."""

    root: Path
    env_file: Path

    @property
    def env_example(self) -> Path:
        """What a new settings file is made from."""
        return self.root / ".env.example"
