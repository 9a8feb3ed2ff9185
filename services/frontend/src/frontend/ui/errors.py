"""What a visitor sees when the gateway is away, slow, restarting or refusing, and how the page gets well by itself.

The one place where the client's errors become words. No message blames the visitor, and none needs a reload.
"""

import time
from collections.abc import Callable
from typing import Literal

import streamlit as st

from acneflow_client import (
    ClientError,
    GatewayUnreachableError,
    ImageRefusedError,
    NotAllowedError,
    ProblemError,
    TemporarilyUnavailableError,
)
from frontend.ui import words
from frontend.ui.connection import gateway, sign_out, signed_in
from frontend.ui.header import sign_in_form
from frontend.ui.text import plain

Colour = Literal["green", "orange", "gray", "blue", "red", "violet"]
RETRY_S = 3.0
"""How often a page looks again while nobody answers, unless the gateway asks for more patience."""
LONGEST_RETRY_S = 30.0


def calmly(*parts: Callable[[], None]) -> None:
    """Draw a page or parts of one; what the gateway can't answer becomes a message in its place.

    Where waiting helps, that one message stands for the parts after it too.
    """
    for part in parts:
        try:
            part()
        except (GatewayUnreachableError, TemporarilyUnavailableError) as error:
            show(error)
            return
        except ClientError as error:
            show(error)


def show(error: ClientError, *, again: bool = True) -> None:
    """Say calmly what is wrong and what to do.

    Args:
        error: what the client raised.
        again: whether the page goes on by itself once waiting has helped; not where somebody has to decide anew.
    """
    match error:
        case GatewayUnreachableError():
            _info(words.AWAY_TITLE, words.AWAY.format(reason=words.GATEWAY_AWAY), "hourglass_top")
            if again:
                look_again(gateway().alive)
        case TemporarilyUnavailableError():
            busy = error.status == 429
            text = plain(error.problem.detail)
            _info(
                words.BUSY_TITLE if busy else words.AWAY_TITLE,
                (words.BUSY if busy else words.AWAY).format(reason=text),
                "groups" if busy else "hourglass_top",
            )
            if again:
                look_again(after_s=error.retry_after_s)
        case NotAllowedError():
            _show_not_allowed()
        case ImageRefusedError():
            st.error(f"**{words.REFUSED}.** {_said(error)}", icon=":material/broken_image:")
        case ProblemError():
            _info(words.NOT_NOW_TITLE, _said(error), "info")
        case _:
            st.error(f"**{words.FAULT}.** {plain(str(error))}", icon=":material/error:")


def wait(reason: str, well: Callable[[], bool]) -> None:
    """Say that nobody can answer now, and why; goes on by itself once `well` says so."""
    _info(words.AWAY_TITLE, words.AWAY.format(reason=plain(reason)), "hourglass_top")
    look_again(well)


def look_again(well: Callable[[], bool] = lambda: True, *, after_s: float | None = None) -> None:
    """Run the page again once `well` says so, asked every few seconds; a button asks at once."""
    every_s = min(max(after_s or RETRY_S, RETRY_S), LONGEST_RETRY_S)
    said_at = time.monotonic()

    @st.fragment(run_every=every_s)
    def wait() -> None:
        due = time.monotonic() - said_at > every_s / 2  # not in the run that has just been told
        if st.button(words.RETRY) or (due and well()):
            st.rerun()

    wait()


def _show_not_allowed() -> None:
    if signed_in():
        st.warning(f"**{words.KEY_REFUSED_TITLE}.** {words.KEY_REFUSED}", icon=":material/key_off:")
        st.button(words.SIGN_OUT, on_click=sign_out, key="sign-out-refused")
        return
    with st.container(border=True):
        st.markdown(f"**{words.SIGN_IN_NEEDED}**")
        sign_in_form("here")


def _info(title: str, text: str, icon: str) -> None:
    st.info(f"**{title}.** {text}", icon=f":material/{icon}:")


def _said(error: ProblemError) -> str:
    return plain(f"{error.problem.detail} {error.problem.advice}".strip())
