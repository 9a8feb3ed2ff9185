"""About: what this is for, its limits, privacy, where the data comes from, and the model card."""

import streamlit as st

from acneflow_client import NotFoundError
from frontend.predict.answer import show_notice
from frontend.settings import FrontendSettings
from frontend.ui import words
from frontend.ui.connection import gateway
from frontend.ui.errors import calmly
from frontend.ui.header import show_header
from frontend.ui.text import plain


def main() -> None:
    """What stands by itself first; what the gateway has to tell last."""
    show_header(words.ABOUT_TITLE, words.ABOUT_LEAD)
    show_notice()
    purpose, privacy = st.columns(2, gap="large")
    with purpose:
        _show(words.PURPOSE_TITLE, words.PURPOSE)
        _show(words.LIMITS_TITLE, words.LIMITS)
    with privacy:
        _show(words.PRIVACY_TITLE, words.PRIVACY_TEXT)
        _show(words.API_TITLE, words.API)
    _show(words.DATA_LICENCES_TITLE, words.DATA_LICENCES)
    calmly(_show_card)


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
    st.markdown(plain(words.TRAINED_ON.format(number=number, notice=version.notice)))
    with st.expander(words.CARD_TITLE.format(number=number), icon=":material/article:"):
        st.markdown(card)


calmly(main)
