"""For admins: the corrections that people sent, to accept or to dismiss."""

from collections.abc import Callable

import streamlit as st

from acneflow_client import ClientError, FeedbackItem
from frontend.data import words
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import show_error
from frontend.ui.gallery import Picture, show_gallery
from frontend.ui.text import escape_markdown, moment

SHOWN = 20


def show_corrections() -> None:
    if not signed_in():
        st.markdown(words.QUEUE_NEEDED)
        return
    page = gateway().feedback(status="pending", limit=SHOWN)
    st.caption(words.QUEUE_NOTE)
    if not page.items:
        st.info(words.QUEUE_EMPTY, icon=":material/inbox:")
        return
    for item in page.items:
        _show(item)
    if page.next is not None:
        st.caption(words.QUEUE_MORE)


def _show(item: FeedbackItem) -> None:
    with st.container(border=True):
        picture, text = st.columns([1, 3])
        with picture:
            if item.image is None:
                st.caption(words.QUEUE_NO_PICTURE)
            else:
                jpeg = gateway().feedback_image(item.feedback_id)
                picture_ = Picture(jpeg, moment(item.created_at), words.QUEUE_ALT)
                show_gallery([picture_], key=f"picture-{item.feedback_id}")
        with text:
            label = words.QUEUE_NO_CLASS if item.label is None else item.label
            line = words.QUEUE_LINE.format(
                version=item.version, predicted=escape_markdown(item.predicted), label=escape_markdown(label)
            )
            st.markdown(line)
            st.caption(moment(item.created_at))
            with st.container(horizontal=True):
                accept, dismiss = gateway().accept_feedback, gateway().dismiss_feedback
                name = item.feedback_id
                st.button(words.ACCEPT, key=f"accept-{name}", type="primary", on_click=_decide, args=(accept, name))
                st.button(words.DISMISS, key=f"dismiss-{name}", on_click=_decide, args=(dismiss, name))


def _decide(decide: Callable[[str], FeedbackItem], feedback_id: str) -> None:
    try:
        decided = decide(feedback_id)
    except ClientError as error:
        show_error(error)
        return
    st.toast(words.QUEUE_DONE[decided.status])
