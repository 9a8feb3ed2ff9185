"""The three ways a photo comes in. It is held until it is answered, in memory only, and then forgotten here.

Each photo gets widgets of its own: as soon as one was taken, the next run draws new ones, and Streamlit drops what the
old ones held. The bytes that its upload handler keeps besides are removed by name.
"""

from pathlib import Path

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from frontend.ui import words
from imaging import formats

EXAMPLES = Path(__file__).with_name("examples")
LARGEST_UPLOAD = 200 * 2**20
"""Of a ZIP, in bytes; `batch/page.py` accepts no more."""
MultiPartParser.spool_max_size = LARGEST_UPLOAD  # or Streamlit's upload handler writes what is over 1 MB to /tmp
_ROUND, _PHOTO = "round", "photo"


def waiting_photo() -> bytes | None:
    """The photo that hasn't been answered yet."""
    photo: bytes | None = st.session_state.get(_PHOTO)
    return photo


def forget_photo() -> None:
    """Drop the photo."""
    st.session_state.pop(_PHOTO, None)


def show_photo_input() -> None:
    """Draw the ways in; whichever is used, `waiting_photo` has it in the run that follows."""
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
    key = f"{way}-{st.session_state.setdefault(_ROUND, 0)}"
    if way == "upload":
        st.file_uploader(words.UPLOAD, type=list(formats.FILE_SUFFIXES), key=key, on_change=_take, args=(key,))
    elif way == "camera":
        st.camera_input(words.CAMERA, key=key, on_change=_take, args=(key,))
    else:
        _show_examples()
    st.caption(words.PRIVACY)


def release(upload: UploadedFile) -> bytes:
    """The content of an upload, of which Streamlit's upload handler then keeps nothing."""
    data = upload.getvalue()
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
    return data


def _show_examples() -> None:
    st.markdown(words.EXAMPLES_ARE_DRAWN)
    columns = st.columns(3)
    for number, (name, (title, alt)) in enumerate(words.EXAMPLES.items()):
        with columns[number % 3]:
            st.image(EXAMPLES / f"{name}.jpg", alt=alt, width="stretch")
            st.button(title, key=f"example-{name}", on_click=_take_example, args=(name,), width="stretch")


def _take(key: str) -> None:
    upload: UploadedFile | None = st.session_state[key]
    if upload is not None:
        st.session_state[_PHOTO] = release(upload)
        st.session_state[_ROUND] += 1


def _take_example(name: str) -> None:
    st.session_state[_PHOTO] = (EXAMPLES / f"{name}.jpg").read_bytes()
