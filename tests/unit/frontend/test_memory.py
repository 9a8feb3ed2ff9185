"""What is left of a session whose connection is lost for good, in Streamlit's own keeping."""

from types import SimpleNamespace
from typing import cast
from unittest.mock import Mock

import pytest
from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from frontend.memory import drop_ended_sessions


@pytest.mark.parametrize(("ttl_s", "dropped"), [(0, True), (60, False)])
def test_only_a_session_whose_time_is_up_is_dropped(monkeypatch: pytest.MonkeyPatch, ttl_s: int, dropped: bool) -> None:
    storage = MemorySessionStorage(ttl_seconds=ttl_s)
    manager = WebsocketSessionManager(storage, Mock(), Mock(), Mock())
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    session = Mock(id="a")
    storage.save(SessionInfo(client=None, session=cast("AppSession", session)))
    drop_ended_sessions()
    assert session.shutdown.called == dropped
    assert session.session_state.clear.called == dropped
    assert (storage.get("a") is None) == dropped
