"""Asks an admin once more before something is done, and says what came of it in the next run."""

from collections.abc import Callable

import streamlit as st

from acneflow_client import ClientError
from frontend import calm, words

_DONE = "done"


@st.dialog(words.CONFIRM)
def confirm(text: str, act: Callable[[str], str], *, with_reason: bool = False) -> None:
    """Ask, and do it at a yes.

    Args:
        text: what will happen.
        act: does it, given the reason, and returns what came of it in a sentence.
        with_reason: whether it needs a reason.
    """
    st.markdown(text)
    reason = st.text_input(words.REASON, help=words.REASON_HELP, max_chars=500).strip() if with_reason else ""
    with st.container(horizontal=True):
        yes = st.button(words.DO_IT, type="primary", disabled=with_reason and not reason)
        if st.button(words.LEAVE_IT):
            st.rerun()
    if yes:
        try:
            st.session_state[_DONE] = act(reason)
        except ClientError as error:
            calm.show(error, again=False)
            return
        st.rerun()


def something_was_done() -> bool:
    """Whether `show_done` has something to say."""
    return _DONE in st.session_state


def show_done() -> None:
    """What came of it, once."""
    if done := st.session_state.pop(_DONE, None):
        st.success(done, icon=":material/check:")
