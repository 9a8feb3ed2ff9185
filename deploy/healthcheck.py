"""The health check of our images: asks an address inside the container, and ends with 0 if it answers well.

`healthcheck.py URL [PART]`: 200 is healthy; with PART the body is Airflow's report on its parts, whose status is 200
even when a part is unhealthy, so that part's own status counts. Needs only Python: our images hold no curl.
"""

import json
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

TIMEOUT_S = 5


def problem_at(url: str, part: str | None = None) -> str | None:
    """What is wrong, or None."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT_S) as answer:
            body = answer.read()
        status = json.loads(body)[part]["status"] if part else "healthy"
    except (URLError, OSError, ValueError, KeyError, TypeError) as error:
        return f"{url}: {error}"
    return None if status == "healthy" else f"Airflow calls its {part} {status}"


if __name__ == "__main__":
    sys.exit(problem_at(*sys.argv[1:3]))
