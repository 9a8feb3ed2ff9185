"""The page: one photo in, one honest answer out. Streamlit runs this file from the top at every interaction.

Uploads live in the memory of the session's upload widget, until the photo is taken away or the tab is closed; nothing
is written to disk. The answer is kept beside it, so that a click on the page doesn't ask the model again.
"""

import time
from pathlib import Path

import streamlit as st

from acneflow_client import Client
from frontend import words
from frontend.answer import show_answer, show_badge, show_notice
from frontend.asking import Answered, Away, Fault, Outcome, Refused, ask
from frontend.plain import plain
from frontend.settings import FrontendSettings

RETRY_S = 3  # how often a page asks again while nobody answers
OUTCOME = "outcome"
ICON = Path(__file__).with_name("mark.svg")
STYLE = """<style>
[data-testid="stMainBlockContainer"] { max-width: 70rem; padding-top: 3rem; padding-bottom: 4rem; }
[data-testid="stCaptionContainer"] { color: inherit; opacity: .8; }
h2 { font-size: 1.75rem !important; }
</style>"""


@st.cache_resource
def connected(gateway_url: str) -> Client:
    """One connection for all sessions of this process."""
    return Client(gateway_url)


def main() -> None:
    """The whole page."""
    st.set_page_config(page_title=words.TITLE, page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    client = connected(FrontendSettings().gateway_url)
    st.title(words.TITLE, anchor=False)
    st.markdown(words.SUBTITLE)
    upload = st.file_uploader(words.UPLOAD, type=["jpg", "jpeg", "png", "webp"])
    st.caption(words.PRIVACY)
    if upload is None:
        st.session_state.pop(OUTCOME, None)
        show_what_to_expect()
        show_readiness(client)
        return
    photo = upload.getvalue()
    match outcome_of(client, upload.file_id, photo):
        case Answered(prediction):
            show_answer(prediction, photo)
        case Refused(detail, advice):
            st.error(f"**{words.REFUSED}.** {plain(detail)} {plain(advice)}", icon=":material/broken_image:")
        case Away(reason):
            wait_for_the_gateway(client, reason)
        case Fault(reason):
            st.error(f"**{words.FAULT}.** {plain(reason)}", icon=":material/error:")


def outcome_of(client: Client, file_id: str, photo: bytes) -> Outcome:
    """What the gateway said of this upload; asked once, unless nobody could answer."""
    known: tuple[str, Outcome] | None = st.session_state.get(OUTCOME)
    if known is not None and known[0] == file_id and not isinstance(known[1], Away):
        return known[1]
    with st.spinner(words.ASKING):
        outcome = ask(client, photo)
    st.session_state[OUTCOME] = (file_id, outcome)
    return outcome


def show_what_to_expect() -> None:
    """What makes a good photo, and what the three kinds of answer mean."""
    st.markdown(words.HINT)
    for column, decision in zip(st.columns(len(words.BADGES)), words.BADGES, strict=True):
        with column, st.container(border=True, height="stretch"):
            show_badge(decision)
            st.markdown(words.EXPECT[decision])
    show_notice()


def show_readiness(client: Client) -> None:
    """Whether somebody will answer."""
    readiness = client.readiness()
    if readiness.ready:
        st.caption(words.READY.format(reason=plain(readiness.reason)))
    else:
        wait_for_the_gateway(client, readiness.reason)


def wait_for_the_gateway(client: Client, reason: str) -> None:
    """A calm message that goes away by itself."""
    message = words.AWAY.format(reason=plain(reason))
    st.info(f"**{words.AWAY_TITLE}.** {message}", icon=":material/hourglass_top:")

    said_at = time.monotonic()

    @st.fragment(run_every=RETRY_S)
    def look_again() -> None:
        due = time.monotonic() - said_at > RETRY_S / 2  # not in the run that has just been told
        if st.button(words.RETRY) or (due and client.ready()):
            st.rerun()

    look_again()


main()
