"""`.env`, made from `.env.example`: what is marked as a secret there gets a random value here.

Never overwrites a value that a person set, and needs nothing but Python.
"""

import re
import secrets

from stack.installation import Installation, StackError

SECRET_MARK = "<random>"  # noqa: S105  (the mark, not a secret)
SECRET_BYTES = 32
"""In hexadecimal 64 characters, as HS512, by which Airflow signs its tokens, asks for (RFC 7518, 3.2)."""
_SETTING = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$")


def ensure_env_file(installation: Installation) -> list[str]:
    """Make `.env` if there is none, and add secrets that an older one lacks.

    Returns:
        The names of the settings that were added, none if there was nothing to do.

    Raises:
        StackError: if `.env.example` is missing or `.env` can't be written.
    """
    example, target = installation.env_example, installation.env_file
    try:
        template = example.read_text()
        present = target.read_text() if target.exists() else None
    except OSError as error:
        raise StackError(f"{error.filename} can't be read: {error.strerror}") from error
    wanted = [name for name, value in _settings(template) if value == SECRET_MARK]
    known = {name for name, _ in _settings(present or "")}
    missing = [name for name in wanted if name not in known]
    if not missing and present is not None:
        return []
    if present is None:
        text = "".join(f"{_with_secret(line)}\n" for line in template.splitlines())
    else:
        text = present.rstrip("\n") + "\n" + "".join(f"{name}={_secret()}\n" for name in missing)
    try:
        target.touch(mode=0o600)
        target.write_text(text)
    except OSError as error:
        raise StackError(f"{target} can't be written: {error.strerror}") from error
    return missing


def _settings(text: str) -> list[tuple[str, str]]:
    matches = (_SETTING.match(line) for line in text.splitlines())
    return [(match["name"], match["value"]) for match in matches if match]


def _with_secret(line: str) -> str:
    match = _SETTING.match(line)
    return f"{match['name']}={_secret()}" if match and match["value"] == SECRET_MARK else line


def _secret() -> str:
    return secrets.token_hex(SECRET_BYTES)
