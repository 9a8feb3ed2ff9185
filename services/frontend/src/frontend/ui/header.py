"""The head of every page: its title, one sentence, and who is signed in."""

import streamlit as st

from frontend.ui import words
from frontend.ui.connection import sign_in, sign_out, signed_in


def show_header(title: str, lead: str = "") -> None:
    """The account stands in the bar above (see `style.css`)."""
    with st.container(key="account"):
        _show_account()
    st.title(title, anchor=False)
    if lead:
        st.markdown(lead)


def show_notice() -> None:
    st.warning(words.NOT_A_DIAGNOSIS, icon=":material/medical_information:")


def sign_in_form(place: str) -> None:
    """The widget drops the key that was typed once it was taken."""
    with st.form(f"sign-in-{place}", border=False, clear_on_submit=True):
        key = st.text_input(words.KEY, type="password", help=words.KEY_HELP, autocomplete="off")
        if st.form_submit_button(words.SIGN_IN, type="primary") and key.strip():
            sign_in(key.strip())
            st.rerun()


def _show_account() -> None:
    if signed_in():
        with st.popover(words.SIGNED_IN, icon=":material/shield_person:", key="signed-in"):
            st.markdown(words.SIGNED_IN_MEANING)
            st.button(words.SIGN_OUT, on_click=sign_out, key="sign-out")
    else:
        with st.popover(words.SIGN_IN, icon=":material/login:", key="sign-in"):
            sign_in_form("header")
