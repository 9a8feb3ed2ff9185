"""What all DAGs have in common."""

from datetime import timedelta
from typing import Any

from include.notify import notify_of_failure

RUN_TIMEOUT = timedelta(days=2)


def frame(**own: Any) -> dict[str, Any]:
    """The arguments of a DAG: one run at a time, none for the past, and someone is told when one fails."""
    return {
        "catchup": False,
        "max_active_runs": 1,
        "dagrun_timeout": RUN_TIMEOUT,
        "on_failure_callback": notify_of_failure,
        "is_paused_upon_creation": False,
        "tags": ["acneflow"],
        "default_args": {"owner": "acneflow"},
        **own,
    }
