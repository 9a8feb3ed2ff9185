"""Earlier runs: when, how long, what came of them, and why."""

import streamlit as st

from acneflow_client import PipelineRun, RunSummary
from frontend.ui import words
from frontend.ui.connection import gateway
from frontend.ui.table import show_table

SHOWN = 10


def show_history() -> None:
    """The last runs in a table. A run that has ended doesn't change, so each is asked about once per visit."""
    finished = [run for run in gateway().runs(limit=SHOWN) if run.finished]
    if not finished:
        return
    known: dict[str, PipelineRun] = st.session_state.setdefault("ended-runs", {})
    for run in finished:
        if run.id not in known:
            known[run.id] = gateway().run(run.id)
    with st.expander(words.RUN_HISTORY, icon=":material/history:", expanded=True):
        rows = [_row(run, known[run.id]) for run in finished]
        show_table(words.RUN_HISTORY, words.RUN_HISTORY_HEADS, rows)


def _row(run: RunSummary, detail: PipelineRun) -> tuple[str, ...]:
    started, ended = run.started_at, run.ended_at
    return (
        run.id,
        words.moment(started) if started else "–",
        words.duration((ended - started).total_seconds()) if started and ended else "–",
        words.OUTCOMES[detail.outcome],
        detail.sentence,
    )
