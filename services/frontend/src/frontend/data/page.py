"""Data: the dataset of the version in production, its pictures, what was left out, and corrections to review."""

from collections.abc import Callable

import streamlit as st

from acneflow_client import Dataset, DatasetCheck, NotFoundError, SkinTones
from frontend.data import words
from frontend.data.corrections import show_corrections
from frontend.data.pictures import show_duplicates, show_samples
from frontend.ui.charts import show_bars
from frontend.ui.connection import gateway
from frontend.ui.errors import show_parts
from frontend.ui.header import show_header
from frontend.ui.table import show_stability, show_table
from frontend.ui.text import escape_markdown, moment
from frontend.ui.words import FAILED, NONE, PASSED, SYNTHETIC

TABS = "data-tabs"


def main() -> None:
    show_header(words.TITLE, words.LEAD)
    try:
        dataset = gateway().dataset()
    except NotFoundError:
        st.info(words.NO_DATASET, icon=":material/info:")
        show_parts(show_corrections)
        return
    _show_figures(dataset)
    parts: tuple[Callable[[], None], ...] = (
        lambda: _show_classes(dataset),
        lambda: show_samples(dataset),
        lambda: show_duplicates(dataset),
        lambda: _show_excluded(dataset),
        lambda: _show_skin(dataset),
        lambda: _show_drift(dataset),
        lambda: _show_checks(dataset),
        show_corrections,
    )
    tabs = st.tabs(words.TABS, key=TABS, on_change="rerun")
    for tab, part in zip(tabs, parts, strict=True):
        with tab:
            if tab.open:  # pictures aren't fetched before somebody looks
                show_parts(part)


def _show_figures(dataset: Dataset) -> None:
    manifest, report = dataset.manifest, dataset.report
    images = sum(sum(splits.values()) for splits in manifest.counts.values())
    groups = "–" if report is None else f"{report.groups:,}"
    figures = (f"{images:,}", groups, str(len(manifest.classes)), f"{len(manifest.excluded):,}")
    for column, name, figure in zip(st.columns(4), words.FIGURES, figures, strict=True):
        column.metric(name, figure, border=True)
    made = words.MADE.format(id=manifest.dataset_id, at=moment(manifest.created_at), notice=manifest.notice)
    st.markdown(escape_markdown(made))
    if manifest.synthetic:
        st.badge(SYNTHETIC, color="violet", icon=":material/brush:")


def _show_classes(dataset: Dataset) -> None:
    names = {each.name: each.display_name for each in dataset.manifest.classes}
    counts = dataset.manifest.counts
    rows = [
        {"class": names.get(name, name), "split": words.SPLITS[split], "images": by_split.get(split, 0)}
        for name, by_split in counts.items()
        for split in words.SPLITS
    ]
    table = [
        (names.get(name, name), *(str(by_split.get(split, 0)) for split in words.SPLITS))
        for name, by_split in counts.items()
    ]
    text = "; ".join(f"{name}: {', '.join(numbers)}" for name, *numbers in table)
    order = list(words.SPLITS.values())
    alt = words.COUNTS_ALT.format(text=text)
    show_bars(rows, name="class", value="images", group="split", order=order, alt=alt)
    show_table(words.COUNTS, words.COUNTS_HEADS, table, numbers=(1, 2, 3))


def _show_excluded(dataset: Dataset) -> None:
    """Images by reason, and whole classes."""
    reasons: dict[str, int] = {}
    for each in dataset.manifest.excluded:
        reasons[each.reason] = reasons.get(each.reason, 0) + 1
    if dataset.report is not None:
        reasons = dataset.report.excluded
    rows = [(reason.replace("_", " "), str(count)) for reason, count in reasons.items()]
    show_table(words.TABS[3], words.EXCLUDED_HEADS, rows or [(NONE, "0")], numbers=(1,))
    if dropped := dataset.manifest.dropped_classes:
        show_table(words.DROPPED_HEADS[0], words.DROPPED_HEADS, list(dropped.items()))


def _show_skin(dataset: Dataset) -> None:
    skin = None if dataset.report is None else dataset.report.skin
    if skin is None:
        st.info(words.NOT_REPORTED, icon=":material/info:")
        return
    show_table(words.TABS[4], words.SKIN_HEADS, _skin_rows(skin), numbers=(2,))
    st.caption(words.SKIN_NOTE)


def _show_drift(dataset: Dataset) -> None:
    drift = None if dataset.report is None else dataset.report.drift
    if drift is None:
        st.info(words.NO_DRIFT, icon=":material/info:")
        return
    st.markdown(escape_markdown(words.DRIFT.format(drift=drift)))
    show_stability(words.TABS[5], {"labels": drift.labels, **drift.statistics})
    st.caption(words.DRIFT_CHANCE.format(chance=f"{drift.chance:.3f}"))


def _show_checks(dataset: Dataset) -> None:
    checks = () if dataset.report is None else dataset.report.checks
    if not checks:
        st.info(words.NOT_REPORTED, icon=":material/info:")
        return
    rows = [(each.name.replace("_", " "), _result(each), each.message) for each in checks]
    show_table(words.TABS[6], words.CHECKED_HEADS, rows)


def _skin_rows(skin: SkinTones) -> list[tuple[str, str, str]]:
    kinds = {"monk": skin.monk, "fitzpatrick": skin.fitzpatrick, "estimated": skin.estimated}
    rows = [
        (words.SKIN_NAMES[kind].format(name=name), words.SKIN_KNOWN[kind], str(count))
        for kind, counts in kinds.items()
        for name, count in counts.items()
    ]
    return [*rows, (words.SKIN_UNKNOWN, "–", str(skin.unknown))]


def _result(check: DatasetCheck) -> str:
    if check.passed:
        return PASSED
    if check.overridden:
        return words.OVERRIDDEN
    return FAILED if check.blocks else words.WARNED


show_parts(main)
