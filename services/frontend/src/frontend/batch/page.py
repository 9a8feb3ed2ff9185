"""Batch: many photos or a ZIP, their answers in a table, to filter and to take away."""

import uuid
from collections import Counter
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from acneflow_client import Decision
from frontend.batch import words
from frontend.batch.answers import FAILED, Answer, Photos, Row, as_csv, as_json, ask_batch, requests_for
from frontend.ui.connection import gateway
from frontend.ui.errors import show_parts
from frontend.ui.header import show_header, show_notice
from frontend.ui.text import percent
from frontend.ui.uploads import MAX_ARCHIVE_BYTES, next_key, start_over, take_bytes
from frontend.ui.words import BADGES, Badge
from imaging.formats import FILE_SUFFIXES

WAITING, DONE = "batch-waiting", "batch-done"
ALL = "all"
HERE = Path(__file__).parent
_table = st.components.v2.component(
    "acneflow_batch",
    html='<div class="root"></div>',
    css=(HERE / "table.css").read_text(),
    js=(HERE / "table.js").read_text(),
)


def main() -> None:
    show_header(words.TITLE, words.LEAD)
    new = _ask() if WAITING in st.session_state else None
    if DONE in st.session_state:
        batch, rows = st.session_state[DONE]
        _show(batch, rows, new)
    else:
        _show_input()
    show_notice()


def _ask() -> list[Answer]:
    """The photos that wait go on waiting as long as nobody can answer, and are forgotten then."""
    waiting: list[Photos] = st.session_state[WAITING]
    bar = st.progress(0.0, text=words.SENDING)

    def show_progress(done: int, count: int) -> None:
        bar.progress(min(done / max(count, 1), 1.0), text=words.ASKING.format(done=done, count=count))

    answers = [each for photos in waiting for each in ask_batch(gateway(), photos, show_progress)]
    bar.empty()
    del st.session_state[WAITING]
    st.session_state[DONE] = (uuid.uuid4().hex, [each.row for each in answers])
    return answers


def _show_input() -> None:
    key = next_key("batch")
    st.file_uploader(
        words.UPLOAD,
        type=[*FILE_SUFFIXES, "zip"],
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(key,),
        max_upload_size=MAX_ARCHIVE_BYTES // 2**20,
    )
    st.caption(words.PRIVACY)


def _take(key: str) -> None:
    uploads: list[UploadedFile] = st.session_state[key]
    if uploads:
        st.session_state[WAITING] = requests_for((upload.name, take_bytes(upload)) for upload in uploads)
        start_over("batch")


def _show(batch: str, rows: list[Row], new: list[Answer] | None) -> None:
    failed = sum(row.decision == FAILED for row in rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(words.AGAIN, icon=":material/add_photo_alternate:", type="primary", on_click=_start_again)
        st.markdown(words.DONE.format(answered=len(rows) - failed, count=len(rows), failed=failed))
    counts = Counter(row.decision for row in rows)
    chosen = st.segmented_control(
        words.FILTER,
        [ALL, *counts],
        default=ALL,
        required=True,
        format_func=lambda each: _filter_name(each, counts),
        key=f"filter-{batch}",
    )
    shown = [place for place, row in enumerate(rows) if chosen in (ALL, row.decision)]
    _show_table(batch, rows, shown, new)
    left = [rows[place] for place in shown]
    with st.container(horizontal=True):
        for name, data, kind in (
            (words.CSV, as_csv(left), "text/csv"),
            (words.JSON, as_json(left), "application/json"),
        ):
            file = f"acneflow.{kind.partition('/')[2]}"
            st.download_button(name, data, file, kind, icon=":material/download:", on_click="ignore")


def _show_table(batch: str, rows: list[Row], shown: list[int], new: list[Answer] | None) -> None:
    """Draw the table in the browser, which alone keeps the thumbnails.

    `shown` are the places of the rows that the filter leaves; `new` has the thumbnails right after they were answered.
    """
    data: dict[str, object] = {
        "id": batch,
        "thumbnails": new and [answer.thumbnail for answer in new],
        "rows": [{"place": place, **_cells(rows[place])} for place in shown],
        "words": words.TABLE,
    }
    _table(key="batch-table", data=data)


def _cells(row: Row) -> dict[str, str]:
    return {
        "file": row.file,
        "decision": row.decision,
        "badge": _badge(row.decision).name,
        "name": row.display_name or "–",
        "confidence": "–" if row.confidence is None else percent(row.confidence),
        "sentence": row.sentence,
        "alt": words.TABLE_ALT.format(name=row.file),
    }


def _badge(decision: str) -> Badge:
    return words.NOT_USABLE if decision == FAILED else BADGES[Decision(decision)]


def _filter_name(decision: str, counts: Counter[str]) -> str:
    if decision == ALL:
        return f"{words.ALL} ({counts.total()})"
    return f"{_badge(decision).name} ({counts[decision]})"


def _start_again() -> None:
    st.session_state.pop(DONE, None)


show_parts(main)
