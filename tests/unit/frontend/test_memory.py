"""What Streamlit's upload handler holds of a photo once the page has taken it."""

from types import SimpleNamespace

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from frontend.ui import uploads

SESSION = "session"


def test_the_upload_handler_drops_the_photo_that_was_taken_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = MemoryUploadedFileManager("/upload")
    for name in ("taken", "waiting"):
        handler.add_file(SESSION, UploadedFileRec(name, "a.jpg", "image/jpeg", name.encode()))
    context = SimpleNamespace(uploaded_file_mgr=handler, session_id=SESSION)
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: context)
    (taken,) = handler.get_files(SESSION, ["taken"])
    assert uploads.take_bytes(UploadedFile(taken, FileURLs())) == b"taken"
    assert [left.file_id for left in handler.get_files(SESSION, ["taken", "waiting"])] == ["waiting"]
