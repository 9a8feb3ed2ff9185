"""Which services ended without being asked to, read from the process manager's log."""

import re
from datetime import datetime
from pathlib import Path

_EXIT = re.compile(
    r"^(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ \S+ exited: (?P<name>\S+) \((?P<how>.+?); not expected\)"
)
LOG_LINES_READ = 500


def unexpected_exits(log: Path, since: datetime | None = None) -> dict[str, str]:
    """Service → when and how it last ended by itself.

    Args:
        log: supervisord's, whose times are local.
        since: leave out what was before; local time without a zone.
    """
    found: dict[str, str] = {}
    for line in log_tail(log, LOG_LINES_READ):
        match = _EXIT.match(line)
        if match and (since is None or match["at"] >= f"{since:%Y-%m-%d %H:%M:%S}"):
            found[match["name"]] = f"ended at {match['at']} ({match['how']}), started again; see its log"
    return found


def log_tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log, none if there is no such file."""
    try:
        return path.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return []
