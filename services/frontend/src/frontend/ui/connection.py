"""The connection to the gateway: one for all visitors, and one of their own for those who signed in with a key.

A visitor's key lives in their session and nowhere else: not in a cookie, an address, a log or another session.
"""

import streamlit as st

from acneflow_client import Client
from frontend.settings import FrontendSettings

OWN = "own-connection"
"""Where the session keeps the visitor's own; it ends with the session."""


def gateway() -> Client:
    """The visitor's own connection if they signed in, else the one that all share."""
    own: Client | None = st.session_state.get(OWN)
    if own is not None:
        return own
    settings = FrontendSettings()
    key = settings.frontend_api_key
    return _shared_client(settings.gateway_url, None if key is None else key.get_secret_value())


def signed_in() -> bool:
    return OWN in st.session_state


def sign_in(key: str) -> None:
    st.session_state[OWN] = Client(FrontendSettings().gateway_url, api_key=key)


def sign_out() -> None:
    own: Client | None = st.session_state.pop(OWN, None)
    if own is not None:
        own.close()


@st.cache_resource(show_spinner=False)
def _shared_client(url: str, key: str | None) -> Client:
    return Client(url, api_key=key)
