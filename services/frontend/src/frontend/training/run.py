"""One run, live: its steps, how far it is, when it ends, and the log of what failed."""

from html import escape

import streamlit as st

from acneflow_client import ClientError, PipelineRun, PipelineTask
from frontend.training import words
from frontend.ui.confirm import confirm_button, show_result
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import show_error
from frontend.ui.text import duration, escape_markdown, share
from frontend.ui.words import Colour

SHOWN_RUN = "shown-run"
POLL_S = 2.0
LOG_LINES = 60
_OUTCOME_LOOKS: dict[str, tuple[Colour, str]] = {
    "promoted": ("green", "check_circle"),
    "rejected": ("orange", "thumb_down"),
    "failed": ("red", "error"),
    "cancelled": ("gray", "cancel"),
}
_SIGNS = {"waiting": "○", "running": "◐", "done": "✓", "skipped": "–", "failed": "✕"}


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
    show_result()
    chosen = st.selectbox(words.SHOW_RUN, ids, key=SHOWN_RUN)
    run = gateway().run(chosen)
    if run.finished:
        _show(run)
    else:
        _follow(run.id)


@st.fragment(run_every=POLL_S)
def _follow(run_id: str) -> None:
    try:
        run = gateway().run(run_id)
    except ClientError as error:
        show_error(error)
        return
    if run.finished:
        st.rerun()
    _show(run)
    if signed_in():
        stop, question = ":material/stop_circle:", words.CONFIRM_CANCEL
        confirm_button(words.CANCEL, question, lambda _reason: _cancel(run_id), icon=stop)


def _show(run: PipelineRun) -> None:
    with st.container(border=True):
        if run.finished:
            colour, icon = _OUTCOME_LOOKS.get(run.outcome, ("gray", "remove"))
            st.badge(words.OUTCOMES[run.outcome], color=colour, icon=f":material/{icon}:")
            st.markdown(escape_markdown(run.sentence))
        else:
            st.progress(min(max(run.progress, 0.0), 1.0), text=_progress(run))
        steps = "".join(map(_step, run.tasks))  # in the order in which they run
        st.html(f'<ol class="steps" aria-label="{escape(words.STEPS)}">{steps}</ol>')
        for task in run.tasks:
            if task.state == "failed":
                _show_log(run, task)


def _progress(run: PipelineRun) -> str:
    sentence = escape_markdown(run.sentence)
    if run.eta_s is None:
        return sentence
    eta = duration(run.eta_s)
    return words.RUN_PROGRESS.format(sentence=sentence, percent=share(run.progress), eta=eta)


def _show_log(run: PipelineRun, task: PipelineTask) -> None:
    if not signed_in():
        st.caption(words.LOGS_NEEDED)
        return
    logs = gateway().task_logs(run.id, task.id, lines=LOG_LINES)
    name = task.id.capitalize()
    st.markdown(f"**{escape_markdown(words.LOGS.format(task=name, number=logs.try_number))}**")
    st.code("\n".join(line.text for line in logs.lines), language=None, wrap_lines=True, height=280)
    if logs.truncated:
        st.caption(words.LOGS_CUT)


def _cancel(run_id: str) -> str:
    gateway().cancel_run(run_id)
    return words.CANCELLED


def _step(task: PipelineTask) -> str:
    """HTML of one step: a box with its state and a sign."""
    state = words.STEP_STATES.get(task.state, str(task.state))
    kind = "failed" if task.state == "failed" else state.replace(" ", "-")
    name = escape(task.id.capitalize())
    reason = f'<span class="why">{escape(task.reason)}</span>' if task.reason else ""
    return (
        f'<li class="step {kind}"><span class="sign" aria-hidden="true">{_SIGNS.get(state, "○")}</span>'
        f'<span class="name">{name}</span><span class="state">{escape(_step_line(task, state))}</span>{reason}</li>'
    )


def _step_line(task: PipelineTask, state: str) -> str:
    if task.seconds is None:
        return state
    seconds = duration(task.seconds)
    if state == "running" and task.expected_s:
        return words.STEP_EXPECTED.format(state=state, seconds=seconds, expected=duration(task.expected_s))
    return words.STEP_LINE.format(state=state, seconds=seconds)
