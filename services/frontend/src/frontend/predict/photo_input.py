"""The three ways a photo comes in. It waits in the session's memory until it is answered, and is dropped then.

Each photo has widgets of its own: once one was taken, the next run draws new ones, and Streamlit drops what the old
ones held.
"""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from frontend.predict import words
from frontend.ui.uploads import next_key, start_over, take_bytes
from imaging.formats import FILE_SUFFIXES

EXAMPLES = Path(__file__).with_name("examples")
_PHOTO = "photo"


def waiting_photo() -> bytes | None:
    photo: bytes | None = st.session_state.get(_PHOTO)
    return photo


def forget_photo() -> None:
    st.session_state.pop(_PHOTO, None)


def show_photo_input() -> None:
    """Whichever way is used, `waiting_photo` has the photo in the run that follows."""
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
        st.session_state[_PHOTO] = take_bytes(upload)
        start_over(way)


def _take_example(name: str) -> None:
    st.session_state[_PHOTO] = (EXAMPLES / f"{name}.jpg").read_bytes()
