"""Classes as bars with their numbers as text, in the colours of whichever theme is on."""

from collections.abc import Iterable
from html import escape

from acneflow_client import RankedClass
from frontend.ui.words import percent

_STYLE = """<style>
.classes { display: flex; flex-direction: column; gap: .75rem; font-size: 1rem; }
.classes .row { display: flex; justify-content: space-between; gap: 1rem; }
.classes .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.classes .first { font-weight: 600; }
.classes .track { height: .5rem; border-radius: .25rem; margin-top: .25rem; overflow: hidden;
  background: color-mix(in srgb, currentColor 14%, transparent); }
.classes .fill { height: 100%; border-radius: .25rem; background: #0d9488; }
.classes .weak { background: color-mix(in srgb, currentColor 55%, transparent); }
</style>"""


def bars(ranked: Iterable[RankedClass], *, sure: bool) -> str:
    """HTML of a list; the numbers are text, so the bars themselves are hidden from screen readers.

    Args:
        ranked: most probable first.
        sure: whether the first one may stand out.
    """
    items = [_item(entry, stands_out=sure and place == 0) for place, entry in enumerate(ranked)]
    return f'{_STYLE}<div class="classes" role="list">{"".join(items)}</div>'


def _item(entry: RankedClass, *, stands_out: bool) -> str:
    name, number = escape(entry.display_name), escape(percent(entry.confidence))
    row, fill = ("row first", "fill") if stands_out else ("row", "fill weak")
    bar = f'<div class="{fill}" style="width:{entry.confidence:.1%}"></div>'
    return (
        f'<div role="listitem"><div class="{row}"><span>{name}</span><span class="number">{number}</span></div>'
        f'<div class="track" aria-hidden="true">{bar}</div></div>'
    )
