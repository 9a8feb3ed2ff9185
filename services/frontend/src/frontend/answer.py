"""Shows an answer: what it says, what it is worth, and who gave it."""

import streamlit as st

from acneflow_client import Decision, ModelInfo, Prediction
from frontend import words
from frontend.bars import bars
from frontend.heatmap import overlaid, shown

SHOWN_CLASSES = 3


def show_answer(prediction: Prediction, photo: bytes) -> None:
    """Show one photo's answer."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        _show_photo(prediction, photo)
    with right:
        _show_decision(prediction)
        st.warning(f"**{words.NOT_A_DIAGNOSIS}.** {_rest(prediction.notice)}", icon=":material/medical_information:")
        _show_model(prediction)


def _show_decision(prediction: Prediction) -> None:
    name, colour, icon = words.BADGES[prediction.decision]
    st.badge(name, color=colour, icon=icon)  # type: ignore[arg-type]
    st.subheader(prediction.sentence, anchor=False)
    st.markdown(words.MEANING[prediction.decision])
    if prediction.decision is Decision.UNSUPPORTED:
        return
    sure = prediction.decision is Decision.CONFIDENT
    if sure:
        confidence = words.percent(prediction.prediction.confidence)
        st.metric(words.CONFIDENCE, confidence, help=words.CONFIDENCE_HELP)
    st.markdown(f"**{words.CLASSES if sure else words.CLASSES_WEIGHED}**")
    st.html(bars(prediction.top_k[:SHOWN_CLASSES], sure=sure))


def _show_photo(prediction: Prediction, photo: bytes) -> None:
    image = shown(photo)
    heatmap = prediction.heatmap
    mapped = heatmap is not None and prediction.decision is not Decision.UNSUPPORTED
    place = st.empty()
    if heatmap is None or not mapped or not st.toggle(words.MAP):
        place.image(image, caption=words.PHOTO_ALT, width="stretch")
        return
    strength = st.slider(words.MAP_STRENGTH, 0, 100, 60, step=5, format="%d %%")
    place.image(overlaid(image, heatmap, strength / 100), caption=words.MAP_ALT, width="stretch")
    st.caption(words.MAP_CAPTION)


def _show_model(prediction: Prediction) -> None:
    model = prediction.model
    if model.synthetic:
        st.badge(words.SYNTHETIC, color="violet", icon=":material/brush:")
        st.markdown(words.SYNTHETIC_MEANING)
    with st.expander(words.ABOUT):
        st.markdown(_facts(model, prediction))


def _facts(model: ModelInfo, prediction: Prediction) -> str:
    rows = {
        "Model": f"{model.name}, version {model.version}" + (f" ({model.channel})" if model.channel else ""),
        "Trained": f"{model.trained_at:%-d %B %Y, %H:%M} UTC",
        "Trained on": model.notice,
        "Dataset": model.dataset_id,
        "Answered in": f"{prediction.timing_ms.total:.0f} ms",
        "Request": prediction.request_id,
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])


def _rest(notice: str) -> str:
    """The notice without the words that the heading says already."""
    return notice.removeprefix("This is not a diagnosis.").strip()
