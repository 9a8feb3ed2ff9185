"""One run, live: its steps, how far it is, when it ends, and the log of what failed."""

import streamlit as st

from acneflow_client import ClientError, PipelineRun, PipelineTask
from frontend.training.steps_graph import graph
from frontend.ui import errors as calm
from frontend.ui import words
from frontend.ui.confirm import confirming_button, show_done
from frontend.ui.connection import gateway, signed_in
from frontend.ui.text import plain

SHOWN_RUN = "shown-run"
POLL_S = 2.0
LOG_LINES = 60


def show_run() -> None:
    """The run that was started or chosen last, else the newest."""
    runs = gateway().runs(limit=20)
    if not runs:
        st.info(words.NO_RUNS, icon=":material/info:")
        return
    ids = [run.id for run in runs]
    if st.session_state.get(SHOWN_RUN) not in ids:
        st.session_state[SHOWN_RUN] = ids[0]
    st.subheader(words.CURRENT_RUN, anchor=False)
    show_done()
    chosen = st.selectbox(words.SHOW_RUN, ids, key=SHOWN_RUN)
    run = gateway().run(chosen)
    if run.finished:
        _show(run)
    else:
        _follow(run.id)


def _follow(run_id: str) -> None:
    @st.fragment(run_every=POLL_S)
    def live() -> None:
        try:
            run = gateway().run(run_id)
        except ClientError as error:
            calm.show(error)
            return
        if run.finished:
            st.rerun()
        _show(run)
        if signed_in():
            stop, question = ":material/stop_circle:", words.CONFIRM_CANCEL
            confirming_button(words.CANCEL, question, lambda _reason: _cancelled(run_id), icon=stop)

    live()


def _show(run: PipelineRun) -> None:
    with st.container(border=True):
        if run.finished:
            st.badge(words.OUTCOMES[run.outcome], color=_colour(run), icon=_icon(run))
            st.markdown(plain(run.sentence))
        else:
            st.progress(min(max(run.progress, 0.0), 1.0), text=_progress(run))
        st.html(graph(run))
        for task in run.tasks:
            if task.state == "failed":
                _show_log(run, task)


def _progress(run: PipelineRun) -> str:
    sentence = plain(run.sentence)
    if run.eta_s is None:
        return words.RUN_PROGRESS_UNKNOWN.format(sentence=sentence)
    eta = words.duration(run.eta_s)
    return words.RUN_PROGRESS.format(sentence=sentence, percent=words.share(run.progress), eta=eta)


def _show_log(run: PipelineRun, task: PipelineTask) -> None:
    if not signed_in():
        st.caption(words.LOGS_NEEDED)
        return
    logs = gateway().task_logs(run.id, task.id, lines=LOG_LINES)
    name = words.STEP_NAMES.get(task.id, task.id)
    st.markdown(f"**{plain(words.LOGS.format(task=name, number=logs.try_number))}**")
    st.code("\n".join(line.text for line in logs.lines), language=None, wrap_lines=True, height=280)
    if logs.truncated:
        st.caption(words.LOGS_CUT)


def _cancelled(run_id: str) -> str:
    gateway().cancel_run(run_id)
    return words.CANCELLED


def _colour(run: PipelineRun) -> calm.Colour:
    colours: dict[str, calm.Colour] = {"promoted": "green", "failed": "red", "rejected": "orange"}
    return colours.get(run.outcome, "gray")


def _icon(run: PipelineRun) -> str:
    icons = {"promoted": "check_circle", "failed": "error", "rejected": "thumb_down", "cancelled": "cancel"}
    return f":material/{icons.get(run.outcome, 'remove')}:"
