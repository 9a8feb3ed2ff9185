"""A model at a glance: its channels, its versions in a table, and how the channels came about."""

import streamlit as st

from acneflow_client import ModelDetail, VersionSummary
from frontend.ui import words
from frontend.ui.table import show_table
from frontend.ui.text import plain


def show_channels(model: ModelDetail) -> None:
    """One card per channel."""
    by_number = {version.version: version for version in model.versions}
    pointed = {"production": model.production, "candidate": model.candidate, "previous": model.previous}
    for column, (channel, number) in zip(st.columns(3), pointed.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{words.CHANNELS[channel]}** · {words.CHANNEL_MEANING[channel]}")
            if number is None:
                st.markdown(words.CHANNEL_EMPTY)
                continue
            st.subheader(words.VERSION.format(number=number), anchor=False)
            if number in by_number:
                st.markdown(_line(by_number[number]))


def show_versions(model: ModelDetail) -> None:
    """All versions, newest first, and why some were rejected."""
    if not model.versions:
        st.info(words.NO_VERSION, icon=":material/info:")
        return
    with st.expander(words.VERSIONS, icon=":material/format_list_numbered:", expanded=len(model.versions) <= 5):
        show_table(words.VERSIONS, words.VERSIONS_HEADS, map(_row, model.versions), numbers=(6,))
        rejected = [version for version in model.versions if version.reasons]
        if rejected:
            st.markdown(f"**{words.WHY_REJECTED}**")
        for version in rejected:
            reasons = " ".join(plain(reason) for reason in version.reasons)
            st.markdown(f"- {words.VERSION.format(number=version.version)}: {reasons}")


def show_history(model: ModelDetail) -> None:
    """How the channels came about."""
    if model.history:
        with st.expander(words.HISTORY, icon=":material/history:"):
            rows = [
                (words.moment(move.at), words.MOVES[move.action], str(move.version), move.reason)
                for move in model.history
            ]
            show_table(words.HISTORY, words.HISTORY_HEADS, rows)


def _line(version: VersionSummary) -> str:
    return words.VERSION_LINE.format(macro_f1=plain(str(version.macro_f1)), trained=f"{version.trained_at:%-d %b %Y}")


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
