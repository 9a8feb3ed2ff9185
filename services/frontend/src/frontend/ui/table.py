"""Tables that everybody can read: plain HTML, with a caption for screen readers, scrolled sideways where narrow."""

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st


def show_table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()
) -> None:
    """Show a table.

    Args:
        caption: what it is about; read out, and the name of the place that scrolls.
        heads: of the columns.
        rows: cells as text; the first of each row is its head.
        numbers: columns that hold numbers, which stand at the right.
    """
    st.html(html_table(caption, heads, rows, numbers=numbers))


def html_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int]) -> str:
    """The table's HTML; everything in it is text, whatever it contains."""
    right = dict.fromkeys(numbers, ' class="number"')
    head = "".join(f'<th scope="col"{right.get(n, "")}>{escape(text)}</th>' for n, text in enumerate(heads))
    body = "".join(
        f"<tr>{''.join(_cell(n, text, right.get(n, '')) for n, text in enumerate(row))}</tr>" for row in rows
    )
    return (
        f'<div class="table" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f'<caption class="unseen">{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(column: int, text: str, attributes: str) -> str:
    return f'<th scope="row">{escape(text)}</th>' if column == 0 else f"<td{attributes}>{escape(text)}</td>"
