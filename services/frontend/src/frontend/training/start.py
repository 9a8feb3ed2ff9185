"""For admins: a form that starts a run, made from the gateway's own schema of its parameters."""

import uuid

import streamlit as st

from acneflow_client import RunRequest
from frontend.training.run import SHOWN_RUN
from frontend.training.schema_form import fields
from frontend.ui import words
from frontend.ui.connection import gateway, signed_in

_KEY = "run-key"


def show_start() -> None:
    """The form. A second click while the first is under way starts nothing: both carry the same key."""
    with st.expander(words.START, icon=":material/rocket_launch:"):
        if not signed_in():
            st.markdown(words.START_NEEDED)
            return
        schema = gateway().run_schema()
        with st.form("start", border=False):
            chosen = fields(schema)
            if not st.form_submit_button(words.START_NOW, type="primary"):
                return
        key = st.session_state.setdefault(_KEY, uuid.uuid4().hex)
        request = RunRequest.model_construct(**chosen)  # the gateway checks it, and says what is wrong
        run = gateway().start_run(request, idempotency_key=key)
        del st.session_state[_KEY]
        st.session_state[SHOWN_RUN] = run.id
        st.toast(words.STARTED.format(id=run.id))
