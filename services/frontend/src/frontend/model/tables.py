"""What of an evaluation is shown as a table: slices, robustness, exports."""

from collections.abc import Sequence

import streamlit as st

from acneflow_client import SupportMeasure
from frontend.model import words
from frontend.model.curves import Evaluations
from frontend.ui.table import show_table
from frontend.ui.text import escape_markdown, megabytes, percent, share


def show_slices(evaluations: Evaluations) -> None:
    st.caption(words.SLICES_NOTE)
    for number, evaluation in evaluations.items():
        rows = [
            (
                each.by.replace("_", " "),
                each.name,
                str(each.images),
                str(each.groups),
                words.TOO_FEW if each.accuracy is None else str(each.accuracy),
                each.note,
            )
            for each in evaluation.slices
        ]
        _show(number, words.SLICES_HEADS, rows, numbers=(2, 3))


def show_robustness(evaluations: Evaluations) -> None:
    st.caption(words.ROBUSTNESS_NOTE)
    for number, evaluation in evaluations.items():
        rows = [
            (
                each.description,
                f"{each.macro_f1:.3f}",
                f"{each.accuracy:.3f}",
                share(each.unchanged),
                share(each.unsupported),
            )
            for each in evaluation.robustness
        ]
        _show(number, words.ROBUSTNESS_HEADS, rows, numbers=(1, 2, 3, 4))
        if evaluation.support:
            _show_strangers(evaluation.support)


def show_exports(evaluations: Evaluations) -> None:
    st.caption(words.EXPORTS_NOTE)
    for number, evaluation in evaluations.items():
        rows = [
            (
                each.file if each.published else words.EXPORT_LEFT_OUT.format(file=each.file),
                megabytes(each.bytes),
                "–" if each.latency_ms is None else f"{each.latency_ms:.1f} ms",
                percent(each.agreement),
                f"{each.macro_f1:.3f}",
            )
            for each in evaluation.exports
        ]
        _show(number, words.EXPORTS_HEADS, rows, numbers=(1, 2, 3, 4))


def _show(number: int, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, numbers: tuple[int, ...]) -> None:
    title = words.VERSION.format(number=number)
    st.markdown(f"**{title}**")
    if rows:
        show_table(title, heads, rows, numbers=numbers)
    else:
        st.info(words.NOT_MEASURED.format(number=number), icon=":material/info:")


def _show_strangers(measure: SupportMeasure) -> None:
    if measure.strangers_unsupported is None or measure.auroc is None:
        return
    text = words.STRANGERS.format(
        count=measure.strangers,
        kind=measure.strangers_kind,
        found=share(measure.strangers_unsupported),
        wrong=share(measure.unsupported),
        auroc=f"{measure.auroc:.3f}",
    )
    st.markdown(escape_markdown(text))
