"""What only admins do with a model: promote, reject, roll back. Each asks once more before it is done."""

from collections.abc import Callable

import streamlit as st

from acneflow_client import ClientError, ModelChannels, ModelDetail
from frontend import calm, words
from frontend.connection import gateway, signed_in

_SAID = "moved"


def show_admin(model: ModelDetail) -> None:
    """The buttons, for those who signed in; whether their key is an admin's is the gateway's to say."""
    with st.expander(words.ADMIN, icon=":material/admin_panel_settings:", expanded=_SAID in st.session_state):
        if said := st.session_state.pop(_SAID, None):
            st.success(said, icon=":material/check:")
        if not signed_in():
            st.markdown(words.ADMIN_NEEDED)
            return
        _show_moves(model)


def _show_moves(model: ModelDetail) -> None:
    client, name = gateway(), model.name
    with st.container(horizontal=True):
        if model.candidate is not None:
            number = model.candidate
            if st.button(words.PROMOTE.format(number=number), type="primary"):
                text = words.CONFIRM_PROMOTE.format(number=number, production=model.production or words.NONE)
                _confirm(text, lambda reason: client.promote(name, number, reason=reason))
            if st.button(words.REJECT.format(number=number)):
                text = words.CONFIRM_REJECT.format(number=number, production=model.production or words.NONE)
                _confirm(text, lambda reason: client.reject(name, number, reason=reason))
        if model.earlier:
            earlier = model.earlier[0]
            if st.button(words.ROLL_BACK.format(number=earlier)):
                text = words.CONFIRM_ROLL_BACK.format(number=earlier, production=model.production or words.NONE)
                _confirm(text, lambda reason: client.roll_back(name, to=earlier, reason=reason))


@st.dialog(words.CONFIRM)
def _confirm(text: str, move: Callable[[str], ModelChannels]) -> None:
    st.markdown(text)
    reason = st.text_input(words.REASON, help=words.REASON_HELP, max_chars=500)
    with st.container(horizontal=True):
        yes = st.button(words.DO_IT, type="primary", disabled=not reason.strip())
        if st.button(words.LEAVE_IT):
            st.rerun()
    if yes:
        try:
            moved = move(reason.strip())
        except ClientError as error:
            calm.show(error)
            return
        kind = words.MOVED if moved.changed else words.UNCHANGED
        st.session_state[_SAID] = kind.format(
            production=moved.production or words.NONE, candidate=moved.candidate or words.NONE
        )
        st.rerun()
