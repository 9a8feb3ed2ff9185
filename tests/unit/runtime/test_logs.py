"""A service's log is lines of JSON, its own and its libraries'."""

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from runtime.logs import log_as_json
log_as_json()
structlog.get_logger().info("version loaded", model="acne", version=3)
logging.getLogger("library").warning("said %s", "so", extra={"secret": "x"})
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("broken")
"""


def test_each_line_is_an_object_with_its_level_and_time() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    own, library, broken = map(json.loads, ended.stdout.splitlines())
    assert {"event": "version loaded", "model": "acne", "version": 3, "level": "info"}.items() <= own.items()
    assert (library["event"], library["level"]) == ("said so", "warning")
    assert "secret" not in library
    assert "ZeroDivisionError" in broken["exception"]
    assert {"at"} <= own.keys() & library.keys() & broken.keys()
