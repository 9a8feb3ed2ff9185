"""Predict: one photo in, one honest answer out."""

import streamlit as st

from frontend.predict import feedback
from frontend.predict.answer import show_answer, show_around, show_badge, show_model, show_notice
from frontend.predict.asking import Answered, Outcome, Refused, ask
from frontend.predict.photo_input import forget_photo, show_photo_input, waiting_photo
from frontend.predict.picture import Handover, show_picture
from frontend.ui import errors as calm
from frontend.ui import words
from frontend.ui.connection import gateway
from frontend.ui.header import show_header
from frontend.ui.text import plain

OUTCOME = "outcome"


def main() -> None:
    """Ask for a photo, or show what was said of the last one."""
    known: Outcome | None = st.session_state.get(OUTCOME)
    answered = waiting_photo() is not None or isinstance(known, Answered)
    show_header(words.PREDICT_TITLE, "" if answered else words.PREDICT_LEAD)
    given = _ask()
    outcome: Outcome | None = st.session_state.get(OUTCOME)
    if isinstance(outcome, Answered):
        _show(outcome, given)
        return
    if isinstance(outcome, Refused):
        calm.show(outcome.error)
    _show_input()


def _ask() -> Handover | None:
    """Ask about the photo that waits, if there is one; it goes on waiting as long as nobody can answer."""
    photo = waiting_photo()
    if photo is None:
        return None
    with st.spinner(words.ASKING):
        st.session_state[OUTCOME], given = ask(gateway(), photo)
    forget_photo()
    return given


def _show_input() -> None:
    way_in, expect = st.columns([3, 2], gap="large")
    with way_in:
        show_photo_input()
    with expect:
        st.subheader(words.EXPECT_TITLE, anchor=False)
        for decision, text in words.EXPECT.items():
            with st.container(border=True):
                show_badge(decision)
                st.markdown(text)
    show_notice()
    _show_readiness()


def _show_readiness() -> None:
    readiness = gateway().readiness()
    if readiness.ready:
        st.caption(words.READY.format(reason=plain(readiness.reason)))
    else:
        calm.wait(readiness.reason, gateway().ready)


def _show(outcome: Answered, given: Handover | None) -> None:
    prediction = outcome.prediction
    st.button(words.AGAIN, icon=":material/add_a_photo:", type="primary", on_click=_start_again)
    text, picture = st.columns([3, 2], gap="large")  # on a phone the second lies under the first
    with text:
        show_answer(prediction)
    with picture:
        wanted = feedback.wants_picture(prediction)
        show_picture(prediction, given, wanted=wanted, on_return=lambda seen: feedback.send(prediction, seen))
    show_around(prediction)
    feedback.show_feedback(prediction)
    show_model(prediction)


def _start_again() -> None:
    st.session_state.pop(OUTCOME, None)
    feedback.forget()


calm.calmly(main)
