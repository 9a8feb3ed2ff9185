"""Predict: one photo in, one honest answer out."""

import streamlit as st

from acneflow_client import ImageRefusedError, Prediction
from frontend.predict import feedback, words
from frontend.predict.answer import show_answer, show_around, show_badge, show_model
from frontend.predict.photo_input import forget_photo, show_photo_input, waiting_photo
from frontend.predict.picture import PictureUrls, picture_urls, show_picture
from frontend.ui.connection import gateway
from frontend.ui.errors import show_error, show_parts, show_unavailable, without_traceback
from frontend.ui.header import show_header, show_notice
from frontend.ui.text import escape_markdown

OUTCOME = "outcome"
Outcome = Prediction | ImageRefusedError
"""What the gateway said of the last photo for good; where waiting helps, the photo waits on instead."""
ALL_CLASSES = 100
"""As many as the gateway names: the page shows some and offers all for a correction."""


def main() -> None:
    answered = waiting_photo() is not None or isinstance(st.session_state.get(OUTCOME), Prediction)
    show_header(words.TITLE, "" if answered else words.LEAD)
    new = _ask()
    outcome: Outcome | None = st.session_state.get(OUTCOME)
    if isinstance(outcome, Prediction):
        _show(outcome, new)
        return
    if outcome is not None:
        show_error(outcome)
    _show_input()


def _ask() -> PictureUrls | None:
    """The picture for the browser, if the photo that waits was answered; it waits as long as nobody can answer."""
    photo = waiting_photo()
    if photo is None:
        return None
    new = None
    with st.spinner(words.ASKING):
        try:
            st.session_state[OUTCOME] = gateway().predict(photo, top_k=ALL_CLASSES, explain=True)
            new = picture_urls(photo)
        except ImageRefusedError as refusal:
            st.session_state[OUTCOME] = without_traceback(refusal)
    forget_photo()
    return new


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
    readiness = gateway().readiness()
    if readiness.ready:
        st.caption(words.READY.format(reason=escape_markdown(readiness.reason)))
    else:
        show_unavailable(readiness.reason, gateway().ready)


def _show(prediction: Prediction, new: PictureUrls | None) -> None:
    st.button(words.AGAIN, icon=":material/add_a_photo:", type="primary", on_click=_start_again)
    text, picture = st.columns([3, 2], gap="large")  # on a phone the second lies under the first
    with text:
        show_answer(prediction)
    with picture:
        wanted = feedback.wants_picture(prediction)
        show_picture(prediction, new, wanted=wanted, on_return=lambda png: feedback.send(prediction, png))
    show_around(prediction)
    feedback.show_feedback(prediction)
    show_model(prediction)


def _start_again() -> None:
    st.session_state.pop(OUTCOME, None)
    feedback.forget()


show_parts(main)
