"""What every program of ours starts with: its settings, its command line, its log; and a circuit breaker.

Knows nothing of any service. What a program is told comes from `ACNEFLOW_*` variables (`settings`), from the `.env` of
the checkout that it is started in (`env_file`), and from its arguments (`command_line`).
"""

from runtime.env_file import load_env_file
from runtime.settings import Settings, read_settings

__all__ = ["Settings", "load_env_file", "read_settings"]
