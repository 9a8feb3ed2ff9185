"""What every program of ours starts with: its settings, its command line, its log; and a circuit breaker.

Knows nothing of any service. What a program is told comes from `ACNEFLOW_*` variables (`settings`), from the `.env` of
the checkout that it is started in (`env_file`), and from its arguments (`command_line`). Each part is imported when it
is first used: the model server takes all it is told from its arguments.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.env_file import load_env_file
    from runtime.settings import Settings, read_settings

__all__ = ["Settings", "load_env_file", "read_settings"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{'env_file' if name == 'load_env_file' else 'settings'}"), name)
