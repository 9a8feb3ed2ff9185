"""Tables that everybody can read: plain HTML, with a caption for screen readers, scrolled sideways where narrow."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import streamlit as st

from frontend.ui import words

STABLE, OTHER = 0.1, 0.25
"""The usual rule of thumb for the population stability index."""


def show_table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()
) -> None:
    """Show text as a table, whatever it contains; the first cell of a row is its head.

    `caption` is read out, and names the region that scrolls; the columns in `numbers` stand at the right.
    """
    right = dict.fromkeys(numbers, ' class="number"')
    head = "".join(f'<th scope="col"{right.get(n, "")}>{escape(text)}</th>' for n, text in enumerate(heads))
    body = "".join(
        f"<tr>{''.join(_cell(n, text, right.get(n, '')) for n, text in enumerate(row))}</tr>" for row in rows
    )
    st.html(
        f'<div class="table" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f'<caption class="unseen">{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def show_stability(caption: str, indices: Mapping[str, float]) -> None:
    """Population stability indices, by what was measured."""
    st.caption(words.DRIFT_NOTE.format(low=STABLE, high=OTHER))
    names = {name: name.capitalize() for name in indices} | words.DRIFT_NAMES
    rows = [(names[name], f"{index:.3f}", _meaning(index)) for name, index in indices.items()]
    show_table(caption, words.DRIFT_HEADS, rows, numbers=(1,))


def _cell(column: int, text: str, attributes: str) -> str:
    return f'<th scope="row">{escape(text)}</th>' if column == 0 else f"<td{attributes}>{escape(text)}</td>"


def _meaning(index: float) -> str:
    if index < STABLE:
        return words.DRIFT_STABLE
    return words.DRIFT_MOVED if index < OTHER else words.DRIFT_OTHER
