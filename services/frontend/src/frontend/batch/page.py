"""Batch: many photos or a ZIP, their answers in a table, to filter and to take away."""

import uuid
from collections import Counter

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from frontend.batch.answers import FAILED, Parcel, Row, Told, as_csv, as_json, ask_batch, parcels
from frontend.batch.table import badge_of, show_batch
from frontend.predict.answer import show_notice
from frontend.predict.photo_input import LARGEST_UPLOAD, release
from frontend.ui import words
from frontend.ui.connection import gateway
from frontend.ui.errors import calmly
from frontend.ui.header import show_header
from imaging import formats

WAITING, DONE, ROUND = "batch-waiting", "batch-done", "batch-round"
ALL = "all"


def main() -> None:
    """Ask for photos, or show what was said of the last ones."""
    show_header(words.BATCH_TITLE, words.BATCH_LEAD)
    given = _ask() if WAITING in st.session_state else None
    if DONE in st.session_state:
        batch, rows = st.session_state[DONE]
        _show(batch, rows, given)
    else:
        _show_input()
    show_notice()


def _ask() -> list[Told]:
    """Ask about what waits. It goes on waiting as long as nobody can answer, and is forgotten then."""
    waiting: list[Parcel] = st.session_state[WAITING]
    bar = st.progress(0.0, text=words.BATCH_SENDING)

    def tell(done: int, count: int) -> None:
        bar.progress(min(done / max(count, 1), 1.0), text=words.BATCH_ASKING.format(done=done, count=count))

    told = [each for parcel in waiting for each in ask_batch(gateway(), parcel, tell)]
    bar.empty()
    del st.session_state[WAITING]
    st.session_state[DONE] = (uuid.uuid4().hex, [each.row for each in told])
    return told


def _show_input() -> None:
    key = f"batch-{st.session_state.setdefault(ROUND, 0)}"
    st.file_uploader(
        words.BATCH_UPLOAD,
        type=[*formats.FILE_SUFFIXES, "zip"],
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(key,),
        max_upload_size=LARGEST_UPLOAD // 2**20,
    )
    st.caption(words.BATCH_PRIVACY)


def _take(key: str) -> None:
    uploads: list[UploadedFile] = st.session_state[key]
    if uploads:
        st.session_state[WAITING] = parcels((upload.name, release(upload)) for upload in uploads)
        st.session_state[ROUND] += 1


def _show(batch: str, rows: list[Row], given: list[Told] | None) -> None:
    failed = sum(row.decision == FAILED for row in rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(words.BATCH_AGAIN, icon=":material/add_photo_alternate:", type="primary", on_click=_start_again)
        st.markdown(words.BATCH_DONE.format(answered=len(rows) - failed, count=len(rows), failed=failed))
    counts = Counter(row.decision for row in rows)
    chosen = st.segmented_control(
        words.BATCH_FILTER,
        [ALL, *counts],
        default=ALL,
        required=True,
        format_func=lambda each: _filter_name(each, counts),
        key=f"filter-{batch}",
    )
    shown = [place for place, row in enumerate(rows) if chosen in (ALL, row.decision)]
    show_batch(batch, rows, shown, given)
    left = [rows[place] for place in shown]
    with st.container(horizontal=True):
        for name, data, kind in (
            (words.BATCH_CSV, as_csv(left), "csv"),
            (words.BATCH_JSON, as_json(left), "json"),
        ):
            mime = "text/csv" if kind == "csv" else "application/json"
            st.download_button(name, data, f"acneflow.{kind}", mime, icon=":material/download:", on_click="ignore")


def _filter_name(decision: str, counts: Counter[str]) -> str:
    if decision == ALL:
        return f"{words.BATCH_ALL} ({counts.total()})"
    return f"{badge_of(decision).name} ({counts[decision]})"


def _start_again() -> None:
    st.session_state.pop(DONE, None)


calmly(main)
