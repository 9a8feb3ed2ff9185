"""Gives memory back: what an ended session or an answered photo leaves behind is gone within seconds.

Streamlit would collect all garbage after every run, which took most of the page's CPU time: nearly all that it looks
at was imported and never is garbage. `.streamlit/config.toml` turns that off; here the imports are set aside and the
rest, which takes milliseconds, is collected by a clock. Python alone would keep a photo that went to the gateway (httpx
ties a request and its answer in a circle) until enough other garbage has come together, and Streamlit keeps a session
whose time is up until another one ends.
"""

import gc
import threading
import time
from typing import cast

from streamlit import runtime
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

COLLECT_EVERY_S = 5.0


def look_after_memory() -> None:
    """Set aside what was imported so far, and collect the rest every few seconds. Called before the first session."""
    gc.collect()
    gc.freeze()
    threading.Thread(target=_collect, name="memory", daemon=True).start()


def drop_ended_sessions() -> None:
    """Drop the sessions whose connection was lost longer ago than it may take to come back.

    Streamlit itself does it when the next one is lost, and has no public way to do it sooner.
    """
    manager = cast("WebsocketSessionManager", runtime.get_instance()._session_mgr)
    with manager._storage_lock:
        ended = cast("MemorySessionStorage", manager._session_storage)._cache.expire()  # type: ignore[attr-defined]
    for _, info in ended:
        info.session.shutdown()
        info.session.session_state.clear()  # Streamlit's loop goes on holding the last one


def _collect() -> None:
    while True:
        time.sleep(COLLECT_EVERY_S)
        if runtime.exists():
            drop_ended_sessions()
        gc.collect()
