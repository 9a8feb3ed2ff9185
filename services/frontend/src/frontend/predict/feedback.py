"""Feedback: whether an answer was right, with the picture only where the visitor consents.

Only the visitor's browser has the picture. With their consent it is asked for what the model saw; that passes through
this process once, on its way to the gateway, and isn't kept.
"""

from dataclasses import dataclass, replace

import streamlit as st

from acneflow_client import ClientError, Decision, Prediction
from frontend.predict import words
from frontend.ui.connection import gateway
from frontend.ui.errors import show_error, without_traceback
from frontend.ui.text import escape_markdown

_STATE = "correction"
_NONE = "none-of-these"


@dataclass(frozen=True, slots=True)
class Correction:
    prediction_id: str
    label: str | None
    waits_for_picture: bool = False
    receipt: str | None = None
    error: ClientError | None = None


def show_feedback(prediction: Prediction) -> None:
    with st.container(border=True):
        answered = prediction.decision is not Decision.UNSUPPORTED
        st.subheader(words.RIGHT_TITLE if answered else words.RIGHT_TITLE_UNSUPPORTED, anchor=False)
        correction = _correction(prediction)
        if correction and correction.receipt:
            st.success(escape_markdown(correction.receipt), icon=":material/check:")
        elif correction and correction.error:
            show_error(correction.error, retry=False)
        elif correction and correction.waits_for_picture:
            st.info(words.SENDING, icon=":material/hourglass_top:")
        else:
            _ask(prediction)


def wants_picture(prediction: Prediction) -> bool:
    correction = _correction(prediction)
    return correction is not None and correction.waits_for_picture


def send(prediction: Prediction, png: bytes | None) -> None:
    """`png` is what the model saw, if the visitor consents."""
    correction = _correction(prediction)
    if correction is None:
        return
    try:
        receipt = gateway().give_feedback(
            correction.prediction_id, correction.label, consent=png is not None, image=png
        )
        done = replace(correction, waits_for_picture=False, receipt=receipt.sentence)
    except ClientError as error:
        done = replace(correction, waits_for_picture=False, error=without_traceback(error))
    st.session_state[_STATE] = done


def forget() -> None:
    st.session_state.pop(_STATE, None)


@st.fragment
def _ask(prediction: Prediction) -> None:
    st.markdown(words.RIGHT_ASK)
    answered = prediction.decision is not Decision.UNSUPPORTED
    answers = {True: words.RIGHT_YES, False: words.RIGHT_NO}
    right = answered and st.segmented_control(
        words.RIGHT_TITLE, list(answers), format_func=answers.__getitem__, label_visibility="collapsed", key="right"
    )
    if right is None:
        return
    label: str | None = prediction.prediction.label
    if not right:
        others = {each.label: each.display_name for each in prediction.top_k if not answered or each.label != label}
        names = others | {_NONE: words.RIGHT_NONE}
        chosen = st.selectbox(words.RIGHT_WHAT, list(names), format_func=names.__getitem__)
        label = None if chosen == _NONE else chosen
    consent = st.checkbox(words.CONSENT)
    st.caption(words.CONSENT_MEANING)
    if st.button(words.SEND, type="primary"):
        st.session_state[_STATE] = Correction(prediction.prediction_id, label, waits_for_picture=consent)
        if not consent:
            send(prediction, None)
        st.rerun()


def _correction(prediction: Prediction) -> Correction | None:
    correction: Correction | None = st.session_state.get(_STATE)
    return correction if correction is not None and correction.prediction_id == prediction.prediction_id else None
