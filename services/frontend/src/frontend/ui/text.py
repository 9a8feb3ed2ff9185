"""Text for people: numbers, times, and what came from elsewhere."""

import re
from datetime import datetime

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|$:<>~-])")


def percent(share: float) -> str:
    """A probability as people read it; nothing is rounded up to certainty or down to impossibility."""
    if share > 0.999:
        return "> 99.9 %"
    if share < 0.001:
        return "< 0.1 %"
    return f"{share * 100:.1f} %"


def share(part: float) -> str:
    return f"{part:.0%}".replace("%", " %")


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def moment(at: datetime) -> str:
    return f"{at:%-d %b %Y, %H:%M} UTC"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def escape_markdown(text: str) -> str:
    """`text` as it stands: everything is escaped that Streamlit's Markdown would take for more than text."""
    return _MARKDOWN.sub(r"\\\1", text)
