"""Training: start a run, watch it, and see what came of earlier ones."""

import streamlit as st

from acneflow_client import PipelineRun, RunSummary
from frontend.training import words
from frontend.training.airflow import show_airflow
from frontend.training.run import show_run
from frontend.training.start import show_start
from frontend.ui.connection import gateway
from frontend.ui.errors import show_parts
from frontend.ui.header import show_header
from frontend.ui.table import show_table
from frontend.ui.text import duration, moment

SHOWN_RUNS = 10


def main() -> None:
    """Each part stands by itself: an Airflow that is away still shows that it is, and how to start it."""
    show_header(words.TITLE, words.LEAD)
    show_parts(show_airflow, show_start, show_run, _show_history)


def _show_history() -> None:
    """A run that has ended doesn't change, so each is asked about once per visit."""
    finished = [run for run in gateway().runs(limit=SHOWN_RUNS) if run.finished]
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
        moment(started) if started else "–",
        duration((ended - started).total_seconds()) if started and ended else "–",
        words.OUTCOMES[detail.outcome],
        detail.sentence,
    )


main()
