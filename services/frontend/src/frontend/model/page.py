"""Model: what was published, how it was judged, how two versions compare, and, for admins, what answers people."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from acneflow_client import Evaluation, ModelChannels, ModelDetail, NotFoundError, TrafficMode, VersionSummary
from frontend.model import words
from frontend.model.figures import show_figures
from frontend.settings import FrontendSettings
from frontend.ui.confirm import confirm_button, has_result, show_result
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import show_parts
from frontend.ui.header import show_header
from frontend.ui.table import show_table
from frontend.ui.text import escape_markdown, moment, share
from frontend.ui.words import NONE


def main() -> None:
    show_header(words.TITLE, words.LEAD)
    name = FrontendSettings().model
    try:
        model = gateway().model(name)
    except NotFoundError:
        st.info(words.NO_VERSION, icon=":material/info:")
        return
    _show_channels(model)
    _show_versions(model)
    if model.versions:
        _show_chosen(model)
    _show_history(model)
    _show_admin(model)


def _show_channels(model: ModelDetail) -> None:
    by_number = {version.version: version for version in model.versions}
    channels = {"production": model.production, "candidate": model.candidate, "previous": model.previous}
    for column, (channel, number) in zip(st.columns(3), channels.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{words.CHANNELS[channel]}** · {words.CHANNEL_MEANING[channel]}")
            if number is None:
                st.markdown(words.CHANNEL_EMPTY)
                continue
            st.subheader(words.version(number), anchor=False)
            if version := by_number.get(number):
                macro_f1, trained = escape_markdown(str(version.macro_f1)), f"{version.trained_at:%-d %b %Y}"
                st.markdown(words.VERSION_LINE.format(macro_f1=macro_f1, trained=trained))


def _show_versions(model: ModelDetail) -> None:
    if not model.versions:
        st.info(words.NO_VERSION, icon=":material/info:")
        return
    with st.expander(words.VERSIONS, icon=":material/format_list_numbered:", expanded=len(model.versions) <= 5):
        show_table(words.VERSIONS, words.VERSIONS_HEADS, map(_row, model.versions), numbers=(6,))
        rejected = [version for version in model.versions if version.reasons]
        if rejected:
            st.markdown(f"**{words.WHY_REJECTED}**")
        for version in rejected:
            reasons = " ".join(escape_markdown(reason) for reason in version.reasons)
            st.markdown(f"- {words.version(version.version)}: {reasons}")


def _row(version: VersionSummary) -> tuple[str, ...]:
    return (
        str(version.version),
        ", ".join(words.CHANNELS[channel].lower() for channel in version.channels) or "–",
        f"{version.trained_at:%-d %b %Y}",
        str(version.macro_f1),
        f"{version.accuracy.value:.3f}",
        f"{version.expected_calibration_error:.3f}",
        str(version.test_images),
        words.VERDICTS[version.verdict],
    )


def _show_chosen(model: ModelDetail) -> None:
    numbers = [version.version for version in model.versions]
    first, second = st.columns(2)
    shown = model.production if model.production in numbers else numbers[0]
    chosen = first.selectbox(
        words.CHOOSE, numbers, index=numbers.index(shown or numbers[0]), format_func=words.version, key="version"
    )
    others = [None, *(number for number in numbers if number != chosen)]
    other = second.selectbox(
        words.CHOOSE_OTHER, others, format_func=lambda number: words.version(number) if number else words.NO_OTHER
    )
    evaluations: dict[int, Evaluation] = {}
    missing = []
    for number in (chosen, other):
        if number is not None:
            try:
                evaluations[number] = gateway().evaluation(model.name, number)
            except NotFoundError:
                missing.append(number)
    show_figures(model, evaluations)
    for number in missing:
        st.info(words.NOT_EVALUATED.format(number=number), icon=":material/info:")


def _show_history(model: ModelDetail) -> None:
    if model.history:
        with st.expander(words.HISTORY, icon=":material/history:"):
            rows = [
                (moment(move.at), words.MOVES[move.action], str(move.version), move.reason) for move in model.history
            ]
            show_table(words.HISTORY, words.HISTORY_HEADS, rows)


def _show_admin(model: ModelDetail) -> None:
    """Whether the key of those who signed in is an admin's is the gateway's to say; each button asks once more."""
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
    modes, name_of = list(TrafficMode), words.TRAFFIC_MODES.__getitem__
    st.markdown(f"**{words.TRAFFIC}**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.selectbox(words.TRAFFIC, modes, index=modes.index(now.mode), format_func=name_of)
        percent = st.slider(words.TRAFFIC_SHARE, 0, 100, round(now.share * 100), step=1, format="%d %%")
    chosen = {"mode": words.TRAFFIC_MODES[mode], "share": share(percent / 100)}

    def act(_reason: str) -> str:
        client.set_traffic(model.name, mode, percent / 100)
        return words.TRAFFIC_DONE.format(**chosen)

    confirm_button(words.TRAFFIC_SET, words.CONFIRM_TRAFFIC.format(**chosen), act)


def _sentence(moved: ModelChannels) -> str:
    kind = words.MOVED if moved.changed else words.UNCHANGED
    return kind.format(production=moved.production or NONE, candidate=moved.candidate or NONE)


show_parts(main)
