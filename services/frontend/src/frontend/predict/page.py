"""Predict: one photo in, one honest answer out."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from acneflow_client import ImageRefusedError, Prediction
from frontend.predict import feedback, words
from frontend.predict.answer import show_answer, show_around, show_badge, show_model
from frontend.predict.picture import PictureUrls, picture_urls, show_picture
from frontend.ui.connection import gateway
from frontend.ui.errors import show_error, show_parts, show_unavailable, without_traceback
from frontend.ui.header import show_header, show_notice
from frontend.ui.text import escape_markdown
from frontend.ui.uploads import next_key, start_over, take_bytes
from imaging.formats import FILE_SUFFIXES

EXAMPLES = Path(__file__).with_name("examples")
PHOTO, OUTCOME = "photo", "outcome"
Outcome = Prediction | ImageRefusedError
"""What the gateway said of the last photo for good; where waiting helps, the photo waits on instead."""
ALL_CLASSES = 100
"""As many as the gateway names: the page shows some and offers all for a correction."""


def main() -> None:
    answered = PHOTO in st.session_state or isinstance(st.session_state.get(OUTCOME), Prediction)
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
    photo: bytes | None = st.session_state.get(PHOTO)
    if photo is None:
        return None
    new = None
    with st.spinner(words.ASKING):
        try:
            st.session_state[OUTCOME] = gateway().predict(photo, top_k=ALL_CLASSES, explain=True)
            new = picture_urls(photo)
        except ImageRefusedError as refusal:
            st.session_state[OUTCOME] = without_traceback(refusal)
    del st.session_state[PHOTO]
    return new


def _show_input() -> None:
    way_in, expect = st.columns([3, 2], gap="large")
    with way_in:
        _show_ways_in()
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


def _show_ways_in() -> None:
    """Whichever way is used, the photo waits in the session's memory for the run that follows, which drops it.

    Each photo has widgets of its own: once one was taken, the next run draws new ones, and Streamlit drops what the
    old ones held.
    """
    ways = list(words.WAYS)
    way = st.segmented_control(
        words.WAY,
        ways,
        default=ways[0],
        required=True,
        format_func=lambda each: f"{words.WAY_ICONS[each]} {words.WAYS[each]}",
        label_visibility="collapsed",
        key="way",
    )
    key = next_key(way)
    if way == "upload":
        st.file_uploader(words.UPLOAD, type=list(FILE_SUFFIXES), key=key, on_change=_take, args=(way, key))
    elif way == "camera":
        st.camera_input(words.CAMERA, key=key, on_change=_take, args=(way, key))
    else:
        _show_examples()
    st.caption(words.PRIVACY)


def _show_examples() -> None:
    st.markdown(words.EXAMPLES_ARE_DRAWN)
    columns = st.columns(3)
    for number, (name, (title, alt)) in enumerate(words.EXAMPLES.items()):
        with columns[number % 3]:
            st.image(EXAMPLES / f"{name}.jpg", alt=alt, width="stretch")
            st.button(title, key=f"example-{name}", on_click=_take_example, args=(name,), width="stretch")


def _take(way: str, key: str) -> None:
    upload: UploadedFile | None = st.session_state[key]
    if upload is not None:
        st.session_state[PHOTO] = take_bytes(upload)
        start_over(way)


def _take_example(name: str) -> None:
    st.session_state[PHOTO] = (EXAMPLES / f"{name}.jpg").read_bytes()


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
