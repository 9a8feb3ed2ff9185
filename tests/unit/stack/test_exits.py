"""A service that was killed is named with when and how, from the process manager's own words."""

from datetime import datetime
from pathlib import Path

from stack.manager import unexpected_exits

LOG = """\
2026-11-22 09:00:00,100 INFO spawned: 'gateway' with pid 10
2026-11-22 09:05:00,200 WARN exited: gateway (terminated by SIGKILL; not expected)
2026-11-22 09:06:00,300 WARN exited: page (exit status 1; not expected)
2026-11-22 09:07:00,400 WARN exited: gateway (terminated by SIGSEGV; not expected)
2026-11-22 09:08:00,500 INFO stopped: store (exit status 0)
"""


def test_the_last_unexpected_exit_of_each_service_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(LOG)
    exits = unexpected_exits(tmp_path / "log")
    assert exits.keys() == {"gateway", "page"}
    assert exits["gateway"].startswith("ended at 2026-11-22 09:07:00 (terminated by SIGSEGV)")


def test_older_exits_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(LOG)
    since = datetime(2026, 11, 22, 9, 6, 30)  # noqa: DTZ001  (the log has local times)
    assert unexpected_exits(tmp_path / "log", since=since).keys() == {"gateway"}


def test_a_missing_log_tells_nothing(tmp_path: Path) -> None:
    assert unexpected_exits(tmp_path / "none") == {}
