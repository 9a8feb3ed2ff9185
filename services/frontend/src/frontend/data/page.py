"""Data: the dataset of the version in production, its pictures, what was left out, and corrections to review."""

from collections.abc import Callable

import streamlit as st

from acneflow_client import Dataset, NotFoundError
from frontend.data.corrections import show_corrections
from frontend.data.figures import show_checks, show_classes, show_drift, show_excluded, show_skin
from frontend.data.pictures import show_duplicates, show_samples
from frontend.ui import words
from frontend.ui.connection import gateway
from frontend.ui.errors import calmly
from frontend.ui.header import show_header
from frontend.ui.text import plain

TABS = "data-tabs"


def main() -> None:
    """The dataset, then the corrections that wait."""
    show_header(words.DATA_TITLE, words.DATA_LEAD)
    try:
        dataset = gateway().dataset()
    except NotFoundError:
        st.info(words.NO_DATASET, icon=":material/info:")
        calmly(show_corrections)
        return
    _show_figures(dataset)
    parts: tuple[Callable[[], None], ...] = (
        lambda: show_classes(dataset),
        lambda: show_samples(dataset),
        lambda: show_duplicates(dataset),
        lambda: show_excluded(dataset),
        lambda: show_skin(dataset),
        lambda: show_drift(dataset),
        lambda: show_checks(dataset),
        show_corrections,
    )
    tabs = st.tabs(words.DATA_TABS, key=TABS, on_change="rerun")
    for tab, part in zip(tabs, parts, strict=True):
        with tab:
            if tab.open:  # pictures aren't fetched before somebody looks
                calmly(part)


def _show_figures(dataset: Dataset) -> None:
    manifest, report = dataset.manifest, dataset.report
    images = sum(sum(splits.values()) for splits in manifest.counts.values())
    groups = "–" if report is None else f"{report.groups:,}"
    figures = (f"{images:,}", groups, str(len(manifest.classes)), f"{len(manifest.excluded):,}")
    for column, name, figure in zip(st.columns(4), words.DATA_FIGURES, figures, strict=True):
        column.metric(name, figure, border=True)
    made = words.MADE.format(id=manifest.dataset_id, at=words.moment(manifest.created_at), notice=manifest.notice)
    st.markdown(plain(made))
    if manifest.synthetic:
        st.badge(words.SYNTHETIC, color="violet", icon=":material/brush:")


calmly(main)
