"""A curve in one line of text, for a terminal or a log."""

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def curve(values: Sequence[float], *, width: int = 30) -> str:
    """The last `width` values as bars, from their lowest to their highest."""
    shown = values[-width:]
    low, high = min(shown), max(shown)
    step = (high - low) / (len(BARS) - 1) or 1.0
    return "".join(BARS[round((value - low) / step)] for value in shown)
