"""The table of a batch, drawn in the browser, which alone keeps the small pictures in it."""

from pathlib import Path

import streamlit as st

from acneflow_client import Decision
from frontend.batch.answers import FAILED, Row, Told
from frontend.ui import words

HERE = Path(__file__).parent
_in_the_browser = st.components.v2.component(
    "acneflow_batch",
    html='<div class="root"></div>',
    css=(HERE / "table.css").read_text(),
    js=(HERE / "table.js").read_text(),
)


def show_batch(batch: str, rows: list[Row], shown: list[int], given: list[Told] | None) -> None:
    """Show a batch.

    Args:
        batch: its name, by which the browser knows its pictures.
        rows: all of them.
        shown: the places of those that the filter leaves.
        given: with the pictures, right after they were answered; None later.
    """
    data: dict[str, object] = {
        "id": batch,
        "thumbnails": given and [told.thumbnail for told in given],
        "rows": [{"place": place, **_cells(rows[place])} for place in shown],
        "words": words.BATCH_TABLE,
    }
    _in_the_browser(key="batch-table", data=data)


def badge_of(decision: str) -> words.Badge:
    """A decision, or that the photo couldn't be used, as a word with a colour and a sign."""
    return words.BATCH_FAILED if decision == FAILED else words.BADGES[Decision(decision)]


def _cells(row: Row) -> dict[str, str]:
    return {
        "file": row.file,
        "decision": row.decision,
        "badge": badge_of(row.decision).name,
        "name": row.display_name or "–",
        "confidence": "–" if row.confidence is None else words.percent(row.confidence),
        "sentence": row.sentence,
        "alt": words.BATCH_TABLE_ALT.format(name=row.file),
    }
