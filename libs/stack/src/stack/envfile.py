"""A checkout and its `.env`, made from `.env.example`: what has no value there is a secret and gets a random one here.

So `docker compose` refuses a copy of the example in which nothing was filled in. Never overwrites a value that a person
set, and needs nothing but Python.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

SECRET_BYTES = 32
"""In hexadecimal 64 characters, as HS512, by which Airflow signs its tokens, asks for (RFC 7518, 3.2)."""
_SETTING = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$")


class StackError(Exception):
    """The root of what can go wrong here; the message names the cause and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    root: Path
    env_file: Path


def ensure_env_file(installation: Installation) -> list[str]:
    """Make `.env` if there is none, add secrets that one lacks, and return the names of what was added."""
    example, target = installation.root / ".env.example", installation.env_file
    try:
        template = example.read_text()
        present = target.read_text() if target.exists() else template
        new = not target.exists()
    except OSError as error:
        raise StackError(f"{error.filename} can't be read: {error.strerror}") from error
    secret = [name for name, value in _settings(template) if not value]
    given = {name for name, value in _settings(present) if value.strip()}
    missing = [name for name in secret if name not in given]
    if not missing and not new:
        return []
    lines = [_with_secret(line, missing) for line in present.splitlines()]
    named = {name for name, _ in _settings(present)}
    lines += [f"{name}={_secret()}" for name in missing if name not in named]
    try:
        target.touch(mode=0o600)
        target.write_text("".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise StackError(f"{target} can't be written: {error.strerror}") from error
    return missing


def _settings(text: str) -> list[tuple[str, str]]:
    matches = (_SETTING.match(line) for line in text.splitlines())
    return [(match["name"], match["value"]) for match in matches if match]


def _with_secret(line: str, missing: list[str]) -> str:
    match = _SETTING.match(line)
    return f"{match['name']}={_secret()}" if match and match["name"] in missing else line


def _secret() -> str:
    return secrets.token_hex(SECRET_BYTES)
