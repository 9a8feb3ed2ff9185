"""Whether Airflow runs, the way to its own page, and for admins a button that starts it."""

import streamlit as st

from acneflow_client import AirflowState, ClientError, TemporarilyUnavailableError
from frontend.settings import FrontendSettings
from frontend.training import words
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import rerun_when, show_error
from frontend.ui.table import show_table
from frontend.ui.text import escape_markdown

LOOK_S = 4.0
"""How often the state of a stopped or starting Airflow is asked for."""


def show_airflow() -> None:
    try:
        state = gateway().airflow()
    except TemporarilyUnavailableError:  # the gateway can't start Airflow: ask Airflow itself
        health = gateway().pipeline_health()
        state = AirflowState(running=health.healthy, sentence=health.sentence, parts=())
    with st.container(border=True):
        _show(state)
        if not state.running:
            rerun_when(after_s=LOOK_S, with_button=False)


def _show(state: AirflowState) -> None:
    text, link = st.columns([3, 1], vertical_alignment="center")
    with text:
        icon = ":material/check_circle:" if state.running else ":material/pause_circle:"
        st.markdown(f"{icon} **{words.AIRFLOW}** · {escape_markdown(state.sentence)}")
    with link, st.container(horizontal_alignment="right"):
        if state.running:
            st.link_button(words.AIRFLOW_LINK, FrontendSettings().frontend_airflow_url, icon=":material/open_in_new:")
        elif state.parts and signed_in():
            st.button(words.AIRFLOW_START, type="primary", icon=":material/play_arrow:", on_click=_start)
    if not state.running and state.parts:
        rows = [(part.name, part.state, part.detail) for part in state.parts]
        show_table(words.AIRFLOW_PARTS, words.AIRFLOW_HEADS, rows)


def _start() -> None:
    try:
        gateway().start_airflow()
    except ClientError as error:
        show_error(error, retry=False)
        return
    st.toast(words.AIRFLOW_STARTING)
