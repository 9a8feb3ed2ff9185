"""Whether Airflow runs, the way to its own page, and for admins a button that starts it."""

import streamlit as st

from acneflow_client import AirflowState
from frontend import words
from frontend.connection import gateway, signed_in
from frontend.plain import plain
from frontend.settings import FrontendSettings
from frontend.table import show_table

LOOK_S = 4.0
"""How often a stopped or starting Airflow is looked at."""


def show_airflow() -> None:
    """Airflow's state; looked at again by itself as long as it isn't running."""
    state = gateway().airflow()
    with st.container(border=True):
        _show(state)
        if not state.running:
            _look_again()


def _show(state: AirflowState) -> None:
    told, link = st.columns([3, 1], vertical_alignment="center")
    with told:
        icon = ":material/check_circle:" if state.running else ":material/pause_circle:"
        st.markdown(f"{icon} **{words.AIRFLOW}** · {plain(state.sentence)}")
    with link, st.container(horizontal_alignment="right"):
        if state.running:
            st.link_button(words.AIRFLOW_LINK, FrontendSettings().frontend_airflow_url, icon=":material/open_in_new:")
        elif signed_in() and st.button(words.AIRFLOW_START, type="primary", icon=":material/play_arrow:"):
            gateway().start_airflow()
            st.toast(words.AIRFLOW_STARTING)
    if not state.running and state.parts:
        rows = [(part.name, words.AIRFLOW_STATES[part.state], part.detail) for part in state.parts]
        show_table(words.AIRFLOW_PARTS, words.AIRFLOW_HEADS, rows)


def _look_again() -> None:
    @st.fragment(run_every=LOOK_S)
    def look() -> None:
        if gateway().airflow().running:
            st.rerun()

    look()
