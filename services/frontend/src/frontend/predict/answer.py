"""Shows an answer: what it says, what it is worth, what the condition is, and who gave it."""

import streamlit as st

from acneflow_client import Decision, Prediction
from frontend.predict.bars import bars
from frontend.predict.conditions import about
from frontend.ui import words
from frontend.ui.text import plain

SHOWN_CLASSES = 4


def show_answer(prediction: Prediction) -> None:
    """The answer itself."""
    show_badge(prediction.decision)
    st.header(plain(prediction.sentence), anchor=False)
    st.markdown(words.MEANING[prediction.decision])
    if prediction.decision is Decision.UNSUPPORTED:
        return
    sure = prediction.decision is Decision.CONFIDENT
    st.markdown(f"**{words.CLASSES if sure else words.CLASSES_WEIGHED}**")
    st.html(bars(prediction.top_k[:SHOWN_CLASSES], sure=sure))
    with st.expander(words.CONFIDENCE_TITLE, icon=":material/percent:"):
        st.markdown(words.CONFIDENCE.format(count=len(prediction.top_k)))


def show_around(prediction: Prediction) -> None:
    """What belongs to every answer: the condition, when not to wait, that it is no diagnosis."""
    show_notice()
    if prediction.decision is not Decision.UNSUPPORTED:
        top = prediction.prediction
        if sentences := about(top.label):
            with st.container(border=True):
                st.subheader(plain(words.ABOUT_CONDITION.format(name=top.display_name)), anchor=False)
                st.markdown(sentences)
    with st.container(border=True):
        st.subheader(words.WHEN_TITLE, anchor=False)
        st.markdown(words.WHEN)


def show_model(prediction: Prediction) -> None:
    """Who answered, and what it learned from."""
    model = prediction.model
    if model.synthetic:
        st.badge(words.SYNTHETIC, color="violet", icon=":material/brush:")
        st.markdown(words.SYNTHETIC_MEANING)
    answered_by = words.ANSWERED_BY.format(name=plain(model.name), version=model.version, trained=model.trained_at)
    st.markdown(f"{answered_by} {plain(model.notice)}")
    with st.expander(words.DETAILS, icon=":material/receipt_long:"):
        st.markdown("\n".join(f"- {name}: {plain(value)}" for name, value in _details(prediction).items()))


def show_badge(decision: Decision) -> None:
    """A decision as a coloured word with a sign, since colour alone doesn't reach everybody."""
    name, colour, icon = words.BADGES[decision]
    st.badge(name, color=colour, icon=icon)


def show_notice() -> None:
    """That this is no diagnosis."""
    st.warning(words.NOT_A_DIAGNOSIS, icon=":material/medical_information:")


def _details(prediction: Prediction) -> dict[str, str]:
    return {
        words.CHANNEL: prediction.model.channel or words.NONE,
        words.DATASET: prediction.model.dataset_id,
        words.SUPPORT: f"{prediction.support:.3f}",
        words.DURATION: words.MILLISECONDS.format(ms=prediction.timing_ms.total),
        words.REQUEST: prediction.request_id,
    }
