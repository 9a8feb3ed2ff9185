"""What a visitor sees when the gateway is away, slow, restarting or refusing, and how the page recovers by itself.

The one place where the client's errors become words. No message blames the visitor, and none needs a reload.
"""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

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
from frontend.ui.text import escape_markdown

RETRY_S = 3.0
"""How often a page asks again while nobody answers, unless the gateway asks for longer."""
LONGEST_RETRY_S = 30.0
Error = TypeVar("Error", bound=BaseException)


def show_parts(*parts: Callable[[], None]) -> None:
    """Draw a page or parts of one; an error of the client becomes a message in the place of the part.

    Where waiting helps, that one message stands for the parts after it too.
    """
    for part in parts:
        try:
            part()
        except (GatewayUnreachableError, TemporarilyUnavailableError) as error:
            show_error(error)
            return
        except ClientError as error:
            show_error(error)


def show_tabs(names: Sequence[str], parts: Sequence[Callable[[], None]], *, key: str) -> None:
    """Draw tabs; a part asks the gateway only once somebody opens its tab."""
    for tab, part in zip(st.tabs(names, key=key, on_change="rerun"), parts, strict=True):
        with tab:
            if tab.open:
                show_parts(part)


def show_error(error: ClientError, *, retry: bool = True) -> None:
    """Say what is wrong and what to do.

    With `retry` the page runs again by itself once waiting has helped; not where a person has to decide again.
    """
    match error:
        case GatewayUnreachableError():
            show_unavailable(words.GATEWAY_AWAY, gateway().alive if retry else None)
        case TemporarilyUnavailableError(status=429):
            text = words.BUSY.format(reason=escape_markdown(error.problem.detail))
            _info(words.BUSY_TITLE, text, "groups")
            if retry:
                rerun_when(after_s=error.retry_after_s)
        case TemporarilyUnavailableError():
            show_unavailable(error.problem.detail, (lambda: True) if retry else None, after_s=error.retry_after_s)
        case NotAllowedError():
            _show_not_allowed()
        case ImageRefusedError():
            st.error(f"**{words.REFUSED}.** {_sentences(error)}", icon=":material/broken_image:")
        case ProblemError():
            _info(words.NOT_NOW_TITLE, _sentences(error), "info")
        case _:
            st.error(f"**{words.FAULT}.** {escape_markdown(str(error))}", icon=":material/error:")


def show_unavailable(reason: str, ready: Callable[[], bool] | None, *, after_s: float | None = None) -> None:
    """Say that nobody can answer now, and why; the page runs again once `ready` says so, if it is given."""
    _info(words.AWAY_TITLE, words.AWAY.format(reason=escape_markdown(reason)), "hourglass_top")
    if ready is not None:
        rerun_when(ready, after_s=after_s)


def rerun_when(
    ready: Callable[[], bool] = lambda: True, *, after_s: float | None = None, with_button: bool = True
) -> None:
    """Run the page again once `ready` says so, asked every few seconds; a button runs it at once."""
    every_s = min(max(after_s or RETRY_S, RETRY_S), LONGEST_RETRY_S)
    drawn_at = time.monotonic()

    @st.fragment(run_every=every_s)
    def check() -> None:
        due = time.monotonic() - drawn_at > every_s / 2  # not in the run that draws it
        if (with_button and st.button(words.RETRY)) or (due and ready()):
            st.rerun()

    check()


def without_traceback(error: Error) -> Error:
    """The same error, to be kept, without the frames and the errors before it, which hold the photo that was sent."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


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


def _sentences(error: ProblemError) -> str:
    return escape_markdown(f"{error.problem.detail} {error.problem.advice}".strip())
