"""A button that asks an admin once more before it acts, and says what came of it in the next run.

The question stands in the session until it is answered or put away: a part of the page that draws itself again
every few seconds mustn't close it.
"""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from acneflow_client import ClientError
from frontend.ui import errors as calm
from frontend.ui import words

_ASKED, _DONE = "asked", "done"
Act = Callable[[str], str]


def confirming_button(
    label: str,
    question: str,
    act: Act,
    *,
    with_reason: bool = False,
    kind: Literal["primary", "secondary"] = "secondary",
    icon: str | None = None,
) -> None:
    """Draw the button, and the question once it was clicked.

    Args:
        label: on the button; unique on its page.
        question: what will happen.
        act: does it, given the reason, and returns what came of it in a sentence.
        with_reason: whether it needs a reason.
        kind: how much the button stands out.
        icon: on the button.
    """
    st.button(label, type=kind, icon=icon, on_click=_ask, args=(label,))
    if st.session_state.get(_ASKED) == label:
        _question(question, act, with_reason)


def something_was_done() -> bool:
    """Whether `show_done` has something to say."""
    return _DONE in st.session_state


def show_done() -> None:
    """What came of it, once."""
    if done := st.session_state.pop(_DONE, None):
        st.success(done, icon=":material/check:")


def _ask(label: str) -> None:
    st.session_state[_ASKED] = label


def _put_away() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog(words.CONFIRM, on_dismiss=_put_away)
def _question(text: str, act: Act, with_reason: bool) -> None:
    st.markdown(text)
    reason = st.text_input(words.REASON, help=words.REASON_HELP, max_chars=500).strip() if with_reason else ""
    with st.container(horizontal=True):
        yes = st.button(words.DO_IT, type="primary", disabled=with_reason and not reason)
        no = st.button(words.LEAVE_IT)
    if yes:
        try:
            st.session_state[_DONE] = act(reason)
        except ClientError as error:
            calm.show(error, again=False)
            return
    if yes or no:
        _put_away()
        st.rerun()
