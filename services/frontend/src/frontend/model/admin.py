"""What only admins do with a model: promote, reject, roll back, share traffic. Each asks once more first."""

import streamlit as st

from acneflow_client import ModelChannels, ModelDetail, TrafficMode
from frontend.ui import words
from frontend.ui.confirm import confirming_button, show_done, something_was_done
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import calmly

_MODES = tuple(TrafficMode)


def show_admin(model: ModelDetail) -> None:
    """The buttons, for those who signed in; whether their key is an admin's is the gateway's to say."""
    with st.expander(words.ADMIN, icon=":material/admin_panel_settings:", expanded=something_was_done()):
        show_done()
        if not signed_in():
            st.markdown(words.ADMIN_NEEDED)
            return
        _show_moves(model)
        calmly(lambda: _show_traffic(model))


def _show_moves(model: ModelDetail) -> None:
    client, name, production = gateway(), model.name, model.production or words.NONE
    with st.container(horizontal=True):
        if (number := model.candidate) is not None:
            confirming_button(
                words.PROMOTE.format(number=number),
                words.CONFIRM_PROMOTE.format(number=number, production=production),
                lambda reason: _told(client.promote(name, number, reason=reason)),
                with_reason=True,
                kind="primary",
            )
            confirming_button(
                words.REJECT.format(number=number),
                words.CONFIRM_REJECT.format(number=number, production=production),
                lambda reason: _told(client.reject(name, number, reason=reason)),
                with_reason=True,
            )
        if model.earlier:
            earlier = model.earlier[0]
            confirming_button(
                words.ROLL_BACK.format(number=earlier),
                words.CONFIRM_ROLL_BACK.format(number=earlier, production=production),
                lambda reason: _told(client.roll_back(name, to=earlier, reason=reason)),
                with_reason=True,
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
    chosen = {"mode": words.TRAFFIC_MODES[mode], "share": words.share(percent / 100)}

    def act(_reason: str) -> str:
        client.set_traffic(model.name, mode, percent / 100)
        return words.TRAFFIC_DONE.format(**chosen)

    confirming_button(words.TRAFFIC_SET, words.CONFIRM_TRAFFIC.format(**chosen), act)


def _told(moved: ModelChannels) -> str:
    kind = words.MOVED if moved.changed else words.UNCHANGED
    return kind.format(production=moved.production or words.NONE, candidate=moved.candidate or words.NONE)
