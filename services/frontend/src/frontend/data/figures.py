"""What a dataset is made of, in figures: classes, what was left out, skin tones, drift, checks."""

import streamlit as st

from acneflow_client import Dataset, DatasetCheck, SkinTones
from frontend.model.drift import show_indices
from frontend.ui import words
from frontend.ui.charts import show_shares
from frontend.ui.table import show_table
from frontend.ui.text import plain


def show_classes(dataset: Dataset) -> None:
    """Images by class and split."""
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
    show_shares(rows, name="class", value="images", group="split", order=order, alt=alt)
    show_table(words.COUNTS, words.COUNTS_HEADS, table, numbers=(1, 2, 3))


def show_excluded(dataset: Dataset) -> None:
    """What was seen and left out: images by reason, and whole classes."""
    reasons: dict[str, int] = {}
    for each in dataset.manifest.excluded:
        reasons[each.reason] = reasons.get(each.reason, 0) + 1
    if dataset.report is not None:
        reasons = dataset.report.excluded
    rows = [(reason.replace("_", " "), str(count)) for reason, count in reasons.items()]
    show_table(words.DATA_TABS[3], words.EXCLUDED_HEADS, rows or [(words.NONE, "0")], numbers=(1,))
    if dropped := dataset.manifest.dropped_classes:
        show_table(words.DROPPED_HEADS[0], words.DROPPED_HEADS, list(dropped.items()))


def show_skin(dataset: Dataset) -> None:
    """How skin tones are spread, and how that is known."""
    skin = None if dataset.report is None else dataset.report.skin
    if skin is None:
        st.info(words.NOT_REPORTED, icon=":material/info:")
        return
    show_table(words.DATA_TABS[4], words.SKIN_HEADS, _skin_rows(skin), numbers=(2,))
    st.caption(words.SKIN_NOTE)


def show_drift(dataset: Dataset) -> None:
    """How far the dataset has moved from the one before."""
    drift = None if dataset.report is None else dataset.report.drift
    if drift is None:
        st.info(words.NO_DRIFT, icon=":material/info:")
        return
    text = words.DATA_DRIFT.format(previous=drift.previous, added=drift.added, removed=drift.removed)
    st.markdown(plain(text))
    show_indices(words.DATA_TABS[5], {"labels": drift.labels, **drift.statistics})
    st.caption(words.DATA_DRIFT_CHANCE.format(chance=f"{drift.chance:.3f}"))


def show_checks(dataset: Dataset) -> None:
    """What was checked before the dataset was published."""
    checks = () if dataset.report is None else dataset.report.checks
    if not checks:
        st.info(words.NOT_REPORTED, icon=":material/info:")
        return
    rows = [(each.name.replace("_", " "), _result(each), each.message) for each in checks]
    show_table(words.DATA_TABS[6], words.CHECKED_HEADS, rows)


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
        return words.PASSED
    if check.overridden:
        return words.OVERRIDDEN
    return words.FAILED if check.blocks else words.WARNED
