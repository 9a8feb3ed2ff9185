"""Photos and archives that a visitor uploads: how large, and how their bytes are taken from Streamlit."""

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

MAX_ARCHIVE_BYTES = 200 * 2**20
"""The largest upload: a ZIP of photos. A single photo's limit stands in `.streamlit/config.toml`."""
MultiPartParser.spool_max_size = MAX_ARCHIVE_BYTES  # or Streamlit's upload handler writes what is over 1 MB to /tmp


def take_bytes(upload: UploadedFile) -> bytes:
    """The content of an upload, which Streamlit's upload handler then holds no longer."""
    data = upload.getvalue()
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
    return data


def next_key(name: str) -> str:
    """The key of the uploader `name`: another one after each `start_over`, so that Streamlit drops what it held."""
    number = st.session_state.setdefault(f"{name}-round", 0)
    return f"{name}-{number}"


def start_over(name: str) -> None:
    """Have the next run draw a new uploader."""
    st.session_state[f"{name}-round"] += 1
