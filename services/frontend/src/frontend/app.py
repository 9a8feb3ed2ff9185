"""The page: one photo in, one honest answer out. Streamlit runs this file from the top at every interaction.

Uploads live in the memory of the session's upload widget, until the photo is taken away or the tab is closed; nothing
is written to disk. The answer is kept beside it, so that a click on the page doesn't ask the model again.
"""

import time

import streamlit as st

from acneflow_client import Client
from frontend import words
from frontend.answer import show_answer
from frontend.asking import Answered, Away, Fault, Outcome, Refused, ask
from frontend.settings import FrontendSettings

RETRY_S = 3
"""How often a page asks again while nobody answers."""
OUTCOME = "outcome"


@st.cache_resource
def connected(gateway_url: str) -> Client:
    """One connection for all sessions of this process."""
    return Client(gateway_url)


def main() -> None:
    """The whole page."""
    st.set_page_config(page_title=words.TITLE, page_icon=":material/dermatology:", layout="wide")
    client = connected(FrontendSettings().gateway_url)
    st.title(words.TITLE, anchor=False)
    st.markdown(words.SUBTITLE)
    upload = st.file_uploader(words.UPLOAD, type=["jpg", "jpeg", "png", "webp"], help=words.UPLOAD_HELP)
    if upload is None:
        st.session_state.pop(OUTCOME, None)
        show_readiness(client)
        return
    photo = upload.getvalue()
    match outcome_of(client, upload.file_id, photo):
        case Answered(prediction):
            show_answer(prediction, photo)
        case Refused(detail, advice):
            st.error(f"**{words.REFUSED}.** {detail} {advice}", icon=":material/broken_image:")
        case Away(reason):
            wait_for_the_gateway(client, reason)
        case Fault(reason):
            st.error(f"**{words.FAULT}.** {reason}", icon=":material/error:")


def outcome_of(client: Client, file_id: str, photo: bytes) -> Outcome:
    """What the gateway said of this upload; asked once, unless nobody could answer."""
    known: tuple[str, Outcome] | None = st.session_state.get(OUTCOME)
    if known is not None and known[0] == file_id and not isinstance(known[1], Away):
        return known[1]
    with st.spinner(words.ASKING):
        outcome = ask(client, photo)
    st.session_state[OUTCOME] = (file_id, outcome)
    return outcome


def show_readiness(client: Client) -> None:
    """What to do, and whether somebody will answer."""
    st.markdown(words.HINT)
    readiness = client.readiness()
    if readiness.ready:
        st.caption(words.READY.format(reason=readiness.reason))
    else:
        wait_for_the_gateway(client, readiness.reason)


def wait_for_the_gateway(client: Client, reason: str) -> None:
    """A calm message that goes away by itself."""
    message = words.AWAY.format(reason=reason.rstrip(". ") + ".")
    st.info(f"**{words.AWAY_TITLE}.** {message}", icon=":material/hourglass_top:")

    said_at = time.monotonic()

    @st.fragment(run_every=RETRY_S)
    def look_again() -> None:
        due = time.monotonic() - said_at > RETRY_S / 2  # not in the run that has just been told
        if st.button(words.RETRY) or (due and client.ready()):
            st.rerun()

    look_again()


main()
