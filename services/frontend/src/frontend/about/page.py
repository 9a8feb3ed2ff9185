"""About: what this is for, its limits, privacy, where the data comes from, and the model card."""

import streamlit as st

from acneflow_client import NotFoundError
from frontend.about import words
from frontend.settings import FrontendSettings
from frontend.ui.connection import gateway
from frontend.ui.errors import show_parts
from frontend.ui.header import show_header, show_notice
from frontend.ui.text import escape_markdown


def main() -> None:
    """The fixed texts come first; what the gateway has to be asked for comes last."""
    show_header(words.TITLE, words.LEAD)
    show_notice()
    purpose, privacy = st.columns(2, gap="large")
    with purpose:
        _show(words.PURPOSE_TITLE, words.PURPOSE)
        _show(words.LIMITS_TITLE, words.LIMITS)
    with privacy:
        _show(words.PRIVACY_TITLE, words.PRIVACY_TEXT)
        _show(words.API_TITLE, words.API)
    _show(words.LICENCES_TITLE, words.LICENCES)
    show_parts(_show_card)


def _show(title: str, text: str) -> None:
    st.subheader(title, anchor=False)
    st.markdown(text)


def _show_card() -> None:
    name = FrontendSettings().model
    try:
        number = gateway().model(name, limit=1).production
        if number is None:
            st.info(words.NO_CARD, icon=":material/info:")
            return
        version, card = gateway().version(name, number), gateway().model_card(name, number)
    except NotFoundError:
        st.info(words.NO_CARD, icon=":material/info:")
        return
    st.markdown(escape_markdown(words.TRAINED_ON.format(number=number, notice=version.notice)))
    with st.expander(words.CARD_TITLE.format(number=number), icon=":material/article:"):
        st.markdown(card)


show_parts(main)
