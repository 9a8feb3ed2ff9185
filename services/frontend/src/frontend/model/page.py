"""Model: what was published, how it was judged, how two versions compare, and, for admins, what answers people."""

import streamlit as st

from acneflow_client import Evaluation, ModelDetail, NotFoundError, VersionSummary
from frontend.model import words
from frontend.model.admin import show_admin
from frontend.model.figures import show_figures
from frontend.settings import FrontendSettings
from frontend.ui.connection import gateway
from frontend.ui.errors import show_parts
from frontend.ui.header import show_header
from frontend.ui.table import show_table
from frontend.ui.text import escape_markdown, moment


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
    show_admin(model)


def _show_channels(model: ModelDetail) -> None:
    by_number = {version.version: version for version in model.versions}
    channels = {"production": model.production, "candidate": model.candidate, "previous": model.previous}
    for column, (channel, number) in zip(st.columns(3), channels.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{words.CHANNELS[channel]}** · {words.CHANNEL_MEANING[channel]}")
            if number is None:
                st.markdown(words.CHANNEL_EMPTY)
                continue
            st.subheader(_named(number), anchor=False)
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
            st.markdown(f"- {_named(version.version)}: {reasons}")


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
        words.CHOOSE, numbers, index=numbers.index(shown or numbers[0]), format_func=_named, key="version"
    )
    others = [None, *(number for number in numbers if number != chosen)]
    other = second.selectbox(
        words.CHOOSE_OTHER, others, format_func=lambda number: words.NO_OTHER if number is None else _named(number)
    )
    wanted = [number for number in (chosen, other) if number is not None]
    evaluations = {number: _evaluation(model.name, number) for number in wanted}
    show_figures(model, {number: found for number, found in evaluations.items() if found is not None})
    for number, found in evaluations.items():
        if found is None:
            st.info(words.NOT_EVALUATED.format(number=number), icon=":material/info:")


def _evaluation(name: str, number: int) -> Evaluation | None:
    try:
        return gateway().evaluation(name, number)
    except NotFoundError:
        return None


def _show_history(model: ModelDetail) -> None:
    if model.history:
        with st.expander(words.HISTORY, icon=":material/history:"):
            rows = [
                (moment(move.at), words.MOVES[move.action], str(move.version), move.reason) for move in model.history
            ]
            show_table(words.HISTORY, words.HISTORY_HEADS, rows)


def _named(number: int) -> str:
    return words.VERSION.format(number=number)


show_parts(main)
