"""What only admins do with a model: promote, reject, roll back, share traffic. Each asks once more first."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from acneflow_client import ModelChannels, ModelDetail, TrafficMode
from frontend.model import words
from frontend.ui.confirm import confirm_button, has_result, show_result
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import show_parts
from frontend.ui.text import share
from frontend.ui.words import NONE

_MODES = tuple(TrafficMode)


def show_admin(model: ModelDetail) -> None:
    """The buttons, for those who signed in; whether their key is an admin's is the gateway's to say."""
    with st.expander(words.ADMIN, icon=":material/admin_panel_settings:", expanded=has_result()):
        show_result()
        if not signed_in():
            st.markdown(words.ADMIN_NEEDED)
            return
        _show_moves(model)
        show_parts(lambda: _show_traffic(model))


def _show_moves(model: ModelDetail) -> None:
    client, name = gateway(), model.name
    with st.container(horizontal=True):
        if (new := model.candidate) is not None:
            _move_button(model, words.PROMOTE, words.CONFIRM_PROMOTE, new, partial(client.promote, name, new))
            _move_button(model, words.REJECT, words.CONFIRM_REJECT, new, partial(client.reject, name, new))
        if model.earlier:
            old = model.earlier[0]
            _move_button(model, words.ROLL_BACK, words.CONFIRM_ROLL_BACK, old, partial(client.roll_back, name, to=old))


def _move_button(
    model: ModelDetail, label: str, question: str, number: int, move: Callable[..., ModelChannels]
) -> None:
    confirm_button(
        label.format(number=number),
        question.format(number=number, production=model.production or NONE),
        lambda reason: _sentence(move(reason=reason)),
        with_reason=True,
        kind="primary" if label == words.PROMOTE else "secondary",
    )


def _show_traffic(model: ModelDetail) -> None:
    client, now = gateway(), gateway().traffic(model.name)
    if model.candidate is None and now.mode == "off":
        return
    st.markdown(f"**{words.TRAFFIC}**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.selectbox(
            words.TRAFFIC, _MODES, index=_MODES.index(now.mode), format_func=words.TRAFFIC_MODES.__getitem__
        )
        percent = st.slider(words.TRAFFIC_SHARE, 0, 100, round(now.share * 100), step=1, format="%d %%")
    chosen = {"mode": words.TRAFFIC_MODES[mode], "share": share(percent / 100)}

    def act(_reason: str) -> str:
        client.set_traffic(model.name, mode, percent / 100)
        return words.TRAFFIC_DONE.format(**chosen)

    confirm_button(words.TRAFFIC_SET, words.CONFIRM_TRAFFIC.format(**chosen), act)


def _sentence(moved: ModelChannels) -> str:
    kind = words.MOVED if moved.changed else words.UNCHANGED
    return kind.format(production=moved.production or NONE, candidate=moved.candidate or NONE)
