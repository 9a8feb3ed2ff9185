"""Data: the dataset of the version in production, its pictures, what was left out, and corrections to review."""

from collections import Counter
from collections.abc import Callable

import streamlit as st

from acneflow_client import ClientError, Dataset, DatasetCheck, FeedbackItem, NotFoundError, SkinTones
from frontend.data import words
from frontend.ui.charts import show_bars
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import show_error, show_parts, show_tabs
from frontend.ui.gallery import Picture, show_gallery
from frontend.ui.header import show_header
from frontend.ui.table import show_stability, show_table
from frontend.ui.text import escape_markdown, moment
from frontend.ui.words import FAILED, NONE, PASSED, SYNTHETIC

SHOWN_SETS = 3
SHOWN_OF_A_SET = 4
SHOWN_CORRECTIONS = 20


def main() -> None:
    show_header(words.TITLE, words.LEAD)
    try:
        dataset = gateway().dataset()
    except NotFoundError:
        st.info(words.NO_DATASET, icon=":material/info:")
        show_parts(_show_corrections)
        return
    _show_figures(dataset)
    parts = (
        lambda: _show_classes(dataset),
        lambda: _show_samples(dataset),
        lambda: _show_duplicates(dataset),
        lambda: _show_excluded(dataset),
        lambda: _show_skin(dataset),
        lambda: _show_drift(dataset),
        lambda: _show_checks(dataset),
        _show_corrections,
    )
    show_tabs(words.TABS, parts, key="data-tabs")


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


def _show_samples(dataset: Dataset) -> None:
    samples = {} if dataset.report is None else dataset.report.samples
    if not _may_see(bool(samples)):
        return
    names = {each.name: each.display_name for each in dataset.manifest.classes}
    label = st.selectbox(words.SAMPLES_OF, list(samples), format_func=lambda name: names.get(name, name))
    st.caption(words.SAMPLES_NOTE)
    _show_pictures(dataset, samples[label], names.get(label, label), key="samples")


def _show_duplicates(dataset: Dataset) -> None:
    if dataset.report is None or (found := dataset.report.duplicates) is None:
        st.info(words.NOT_REPORTED, icon=":material/info:")
        return
    st.markdown(escape_markdown(words.DUPLICATES_TEXT.format(found=found)))
    if not found.examples or not _may_see(True):
        return
    st.caption(words.SAMPLES_NOTE)
    for number, alike in enumerate(found.examples[:SHOWN_SETS]):
        _show_pictures(dataset, alike[:SHOWN_OF_A_SET], words.LOOK_ALIKES, key=f"alike-{number}")


def _may_see(there: bool) -> bool:
    if not signed_in():
        st.markdown(words.SAMPLES_NEEDED)
    elif not there:
        st.info(words.SAMPLES_NONE, icon=":material/info:")
    return signed_in() and there


def _show_pictures(dataset: Dataset, images: tuple[str, ...], label: str, *, key: str) -> None:
    dataset_id = dataset.manifest.dataset_id
    pictures = [
        Picture(gateway().dataset_image(dataset_id, sha256), sha256[:8], words.SAMPLE_ALT.format(label=label))
        for sha256 in images
    ]
    show_gallery(pictures, key=key)


def _show_excluded(dataset: Dataset) -> None:
    """Images by reason, and whole classes."""
    if dataset.report is None:
        reasons: dict[str, int] = Counter(each.reason for each in dataset.manifest.excluded)
    else:
        reasons = dataset.report.excluded
    rows = [(reason.replace("_", " "), str(count)) for reason, count in reasons.items()]
    show_table(words.TABS[3], words.EXCLUDED_HEADS, rows or [(NONE, "0")], numbers=(1,))
    if dropped := dataset.manifest.dropped_classes:
        show_table(words.DROPPED_HEADS[0], words.DROPPED_HEADS, list(dropped.items()))


def _show_skin(dataset: Dataset) -> None:
    if dataset.report is None or (skin := dataset.report.skin) is None:
        st.info(words.NOT_REPORTED, icon=":material/info:")
        return
    show_table(words.TABS[4], words.SKIN_HEADS, _skin_rows(skin), numbers=(2,))
    st.caption(words.SKIN_NOTE)


def _show_drift(dataset: Dataset) -> None:
    if dataset.report is None or (drift := dataset.report.drift) is None:
        st.info(words.NO_DRIFT, icon=":material/info:")
        return
    st.markdown(escape_markdown(words.DRIFT.format(drift=drift)))
    show_stability(words.TABS[5], {"labels": drift.labels, **drift.statistics})
    st.caption(words.DRIFT_CHANCE.format(chance=f"{drift.chance:.3f}"))


def _show_checks(dataset: Dataset) -> None:
    if dataset.report is None or not (checks := dataset.report.checks):
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


def _show_corrections() -> None:
    if not signed_in():
        st.markdown(words.QUEUE_NEEDED)
        return
    page = gateway().feedback(status="pending", limit=SHOWN_CORRECTIONS)
    st.caption(words.QUEUE_NOTE)
    if not page.items:
        st.info(words.QUEUE_EMPTY, icon=":material/inbox:")
        return
    for item in page.items:
        _show_correction(item)
    if page.next is not None:
        st.caption(words.QUEUE_MORE)


def _show_correction(item: FeedbackItem) -> None:
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


show_parts(main)
