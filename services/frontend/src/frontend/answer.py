"""Shows an answer: what it says, what it is worth, and who gave it."""

import streamlit as st

from acneflow_client import Decision, Prediction
from frontend import words
from frontend.bars import bars
from frontend.heatmap import overlaid, shown
from frontend.plain import plain

SHOWN_CLASSES = 3


def show_answer(prediction: Prediction, photo: bytes) -> None:
    """Show one photo's answer."""
    words_first, picture = st.columns([3, 2], gap="large")  # on a phone the second lies under the first
    with words_first:
        _show_decision(prediction)
        show_notice()
        _show_model(prediction)
    with picture:
        _show_photo(prediction, photo)


def show_badge(decision: Decision) -> None:
    """A decision as a coloured word with a sign, since colour alone doesn't reach everybody."""
    name, colour, icon = words.BADGES[decision]
    st.badge(name, color=colour, icon=icon)


def show_notice() -> None:
    """That this is no diagnosis."""
    st.warning(words.NOT_A_DIAGNOSIS, icon=":material/medical_information:")


def _show_decision(prediction: Prediction) -> None:
    show_badge(prediction.decision)
    st.header(plain(prediction.sentence), anchor=False)
    st.markdown(words.MEANING[prediction.decision])
    if prediction.decision is Decision.UNSUPPORTED:
        return
    sure = prediction.decision is Decision.CONFIDENT
    st.markdown(f"**{words.CLASSES if sure else words.CLASSES_WEIGHED}**", help=words.CLASSES_HELP)
    st.html(bars(prediction.top_k[:SHOWN_CLASSES], sure=sure))


def _show_photo(prediction: Prediction, photo: bytes) -> None:
    image = shown(photo)
    heatmap = prediction.heatmap
    mapped = heatmap is not None and prediction.decision is not Decision.UNSUPPORTED
    place = st.empty()
    if heatmap is None or not mapped or not st.toggle(words.MAP):
        place.image(image, alt=words.PHOTO, width="stretch")
        return
    strength = st.slider(words.MAP_STRENGTH, 0, 100, 60, step=5, format="%d %%")
    place.image(overlaid(image, heatmap, strength / 100), alt=words.MAPPED_PHOTO, width="stretch")
    st.caption(words.MAP_CAPTION)


def _show_model(prediction: Prediction) -> None:
    model = prediction.model
    if model.synthetic:
        st.badge(words.SYNTHETIC, color="violet", icon=":material/brush:")
        st.markdown(words.SYNTHETIC_MEANING)
    answered_by = words.ANSWERED_BY.format(name=plain(model.name), version=model.version, trained=model.trained_at)
    st.markdown(f"{answered_by} {plain(model.notice)}")
    with st.expander(words.DETAILS):
        st.markdown("\n".join(f"- {name}: {plain(value)}" for name, value in _details(prediction).items()))


def _details(prediction: Prediction) -> dict[str, str]:
    return {
        words.CHANNEL: prediction.model.channel or words.NO_CHANNEL,
        words.DATASET: prediction.model.dataset_id,
        words.SUPPORT: f"{prediction.support:.3f}",
        words.DURATION: words.MILLISECONDS.format(ms=prediction.timing_ms.total),
        words.REQUEST: prediction.request_id,
    }
