"""A button that asks an admin once more before it acts, and shows the result in the next run.

The question stands in the session until it is answered or dismissed: a fragment that draws itself again every few
seconds mustn't close it.
"""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from acneflow_client import ClientError
from frontend.ui import words
from frontend.ui.errors import show_error

_OPEN, _RESULT = "confirm-open", "confirm-result"
Action = Callable[[str], str]
"""Acts, given the reason, and returns a sentence on what came of it."""


def confirm_button(
    label: str,
    question: str,
    action: Action,
    *,
    with_reason: bool = False,
    kind: Literal["primary", "secondary"] = "secondary",
    icon: str | None = None,
) -> None:
    """Draw the button, and the question once it was clicked; `label` is unique on its page."""
    st.button(label, type=kind, icon=icon, on_click=_open, args=(label,))
    if st.session_state.get(_OPEN) == label:
        _question(question, action, with_reason)


def has_result() -> bool:
    return _RESULT in st.session_state


def show_result() -> None:
    """The result of the last action, once."""
    if result := st.session_state.pop(_RESULT, None):
        st.success(result, icon=":material/check:")


def _open(label: str) -> None:
    st.session_state[_OPEN] = label


def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog(words.CONFIRM, on_dismiss=_close)
def _question(text: str, action: Action, with_reason: bool) -> None:
    st.markdown(text)
    reason = st.text_input(words.REASON, help=words.REASON_HELP, max_chars=500).strip() if with_reason else ""
    with st.container(horizontal=True):
        yes = st.button(words.DO_IT, type="primary", disabled=with_reason and not reason)
        no = st.button(words.LEAVE_IT)
    if yes:
        try:
            st.session_state[_RESULT] = action(reason)
        except ClientError as error:
            show_error(error, retry=False)
            return
    if yes or no:
        _close()
        st.rerun()
