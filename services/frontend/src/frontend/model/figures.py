"""One version's figures, or two beside each other. A tab draws what the evaluations hold, and says what they don't."""

from collections.abc import Sequence

import streamlit as st

from acneflow_client import Evaluation, Interval, Metrics, ModelDetail, SupportMeasure
from frontend.model import words
from frontend.model.curves import Evaluations, show_confusions, show_reliabilities, show_risks
from frontend.ui.charts import show_bars
from frontend.ui.connection import gateway
from frontend.ui.errors import show_tabs
from frontend.ui.table import show_stability, show_table
from frontend.ui.text import escape_markdown, megabytes, moment, percent, share
from frontend.ui.words import FAILED, NONE, PASSED


def show_figures(model: ModelDetail, evaluations: Evaluations) -> None:
    parts = (
        lambda: _show_overview(evaluations),
        lambda: show_confusions(evaluations),
        lambda: show_reliabilities(evaluations),
        lambda: show_risks(evaluations),
        lambda: show_slices(evaluations),
        lambda: show_robustness(evaluations),
        lambda: show_exports(evaluations),
        lambda: _show_drift(model.name),
        lambda: _show_replicas(model),
    )
    show_tabs(words.TABS, parts, key="model-tabs")


def _show_overview(evaluations: Evaluations) -> None:
    if not evaluations:
        return
    numbers = [words.version(number) for number in evaluations]
    names, metrics = list(words.FIGURE_NAMES), [each.metrics for each in evaluations.values()]
    rows = [row for name in names if (row := _figure(name, metrics)) is not None]
    heads = (words.FIGURES[0], *numbers, *(words.FIGURES[1:] if len(metrics) == 2 else ()))
    show_table(words.TABS[0], heads, rows)
    if len(metrics) == 2:
        st.caption(words.FIGURES_NOTE)
    for number, evaluation in evaluations.items():
        _show_judgement(number, evaluation)
    _show_classes(evaluations)


def _figure(name: str, metrics: list[Metrics]) -> tuple[str, ...] | None:
    found = [getattr(each, name) for each in metrics]
    if any(value is None for value in found):
        return None
    numbers = [value.value if isinstance(value, Interval) else value for value in found]
    texts = [str(value) if isinstance(value, Interval | int) else f"{value:.3f}" for value in found]
    difference = numbers[0] - numbers[-1]
    apart = f"{difference:+d}" if name in ("test_images", "test_groups") else f"{difference:+.3f}"
    return (words.FIGURE_NAMES[name], *texts, *((apart,) if len(metrics) == 2 else ()))


def _show_judgement(number: int, evaluation: Evaluation) -> None:
    with st.expander(f"{words.CHECKS}: {words.version(number).lower()}", icon=":material/rule:"):
        rows = [(each.name, PASSED if each.passed else FAILED, each.message) for each in evaluation.checks]
        show_table(words.CHECKS, words.CHECKS_HEADS, rows)
        if held := evaluation.comparison:
            st.markdown(escape_markdown(words.GATE_COMPARISON.format(candidate=number, held=held)))
        if shares := evaluation.decisions:
            right = "–" if shares.confident_accuracy is None else share(shares.confident_accuracy)
            text = words.DECISION_SHARES.format(
                confident=share(shares.confident),
                right=right,
                uncertain=share(shares.uncertain),
                unsupported=share(shares.unsupported),
            )
            st.markdown(escape_markdown(text))


def _show_classes(evaluations: Evaluations) -> None:
    st.subheader(words.PER_CLASS, anchor=False)
    labels = {each.name: each.display_name for found in evaluations.values() for each in found.classes}
    rows = [
        {"class": labels.get(name, name), "version": words.version(number), "F1": round(each.f1, 3)}
        for number, evaluation in evaluations.items()
        for name, each in evaluation.metrics.per_class.items()
    ]
    text = "; ".join(f"{row['version']}, {row['class']}: {row['F1']}" for row in rows)
    order = [words.version(number) for number in evaluations]
    alt = words.PER_CLASS_ALT.format(text=text)
    show_bars(rows, name="class", value="F1", group="version", order=order, alt=alt)
    with st.expander(words.PER_CLASS_TABLE, icon=":material/table:"):
        for number, evaluation in evaluations.items():
            table = [
                (
                    labels.get(name, name),
                    *(f"{value:.3f}" for value in (each.precision, each.recall, each.f1)),
                    str(each.support),
                )
                for name, each in evaluation.metrics.per_class.items()
            ]
            st.markdown(f"**{words.version(number)}**")
            show_table(words.PER_CLASS_TABLE, words.PER_CLASS_HEADS, table, numbers=(1, 2, 3, 4))


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
        _show_version(number, words.SLICES_HEADS, rows, numbers=(2, 3))


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
        _show_version(number, words.ROBUSTNESS_HEADS, rows, numbers=(1, 2, 3, 4))
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
        _show_version(number, words.EXPORTS_HEADS, rows, numbers=(1, 2, 3, 4))


def _show_version(number: int, heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int]) -> None:
    title = words.version(number)
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


def _show_drift(name: str) -> None:
    drift = gateway().drift(name)
    measured = {name: index for name, index in drift.psi.model_dump().items() if index is not None}
    verdict = words.DRIFTED if drift.drifted else words.NOT_DRIFTED
    st.markdown(words.DRIFT_LINE.format(number=drift.version, predictions=f"{drift.predictions:,}", verdict=verdict))
    if measured:
        show_stability(words.DRIFT, measured)
        if drift.measured_at is not None:
            st.caption(words.DRIFT_MEASURED.format(when=moment(drift.measured_at)))
    else:
        st.info(words.NO_DRIFT_MEASURED, icon=":material/info:")


def _show_replicas(model: ModelDetail) -> None:
    if not model.replicas:
        st.info(words.NO_REPLICA, icon=":material/info:")
        return
    rows = [
        (
            each.replica,
            ", ".join(f"{label} {version}" for label, version in each.labels.items()) or NONE,
            ", ".join(map(str, each.on_disk)) or NONE,
            moment(each.at),
            ", ".join(f"{one.version}: {one.reason}" for one in each.quarantined) or NONE,
            "; ".join(each.problems) or NONE,
        )
        for each in model.replicas
    ]
    show_table(words.TABS[-1], words.REPLICAS_HEADS, rows)
