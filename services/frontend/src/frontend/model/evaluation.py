"""What an evaluation holds that is best drawn: confusion, reliability, risk and coverage; each again as a table."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

from acneflow_client import CalibrationMeasure, Evaluation, RiskPoint
from frontend.ui import words
from frontend.ui.charts import show_confusion, show_reliability, show_risk_coverage
from frontend.ui.table import show_table

T = TypeVar("T")
Evaluations = Mapping[int, Evaluation]
_TABLE_POINTS = 12


def show_confusions(evaluations: Evaluations) -> None:
    """One matrix per version; two stand one below the other, since each is wide."""
    st.caption(words.CONFUSION_NOTE)
    for number, evaluation in evaluations.items():
        counts = evaluation.metrics.confusion
        labels = {each.name: each.display_name for each in evaluation.classes}
        classes = [each.name for each in evaluation.classes] or list(evaluation.metrics.per_class)
        names = [labels.get(name, name) for name in classes]
        st.subheader(words.CONFUSION_TITLE.format(number=number), anchor=False)
        show_confusion(names, counts, alt=_confusion_alt(number, names, counts))
        with st.expander(words.AS_TABLE, icon=":material/table:", key=f"confusion-{number}"):
            heads = (f"{words.WAS} ↓ {words.SAID} →", *names)
            rows = [(names[i], *map(str, row)) for i, row in enumerate(counts)]
            show_table(words.CONFUSION_TITLE.format(number=number), heads, rows, numbers=range(1, len(heads)))


def show_reliabilities(evaluations: Evaluations) -> None:
    """All versions in one diagram."""
    measured = _measured({number: each.calibration for number, each in evaluations.items()})
    if not measured:
        return
    lines = [_reliability_line(number, each) for number, each in measured.items()]
    st.caption(words.RELIABILITY_NOTE)
    curves = {words.VERSION.format(number=number): each.bins for number, each in measured.items()}
    show_reliability(curves, alt=words.RELIABILITY_ALT.format(text=" ".join(lines)))
    for number, each in measured.items():
        st.markdown(_reliability_line(number, each))
        with st.expander(words.AS_TABLE, icon=":material/table:", key=f"reliability-{number}"):
            rows = [
                (
                    f"{bin_.low:.0%} – {bin_.high:.0%}",
                    str(bin_.images),
                    *("–" if value is None else f"{value:.3f}" for value in (bin_.confidence, bin_.accuracy)),
                )
                for bin_ in each.bins
            ]
            show_table(words.VERSION.format(number=number), words.RELIABILITY_HEADS, rows, numbers=(1, 2, 3))


def show_risks(evaluations: Evaluations) -> None:
    """All versions in one diagram."""
    measured = _measured({number: each.risk_coverage or None for number, each in evaluations.items()})
    if not measured:
        return
    st.caption(words.RISK_NOTE)
    lines = [_risk_line(number, points) for number, points in measured.items()]
    curves = {words.VERSION.format(number=number): points for number, points in measured.items()}
    show_risk_coverage(curves, alt=words.RISK_ALT.format(text=" ".join(lines)))
    for (number, points), line in zip(measured.items(), lines, strict=True):
        st.markdown(line)
        with st.expander(words.AS_TABLE, icon=":material/table:", key=f"risk-{number}"):
            some = points[:: max(1, len(points) // _TABLE_POINTS)]
            rows = [(f"{p.threshold:.3f}", words.share(p.coverage), words.share(p.risk)) for p in some]
            show_table(words.VERSION.format(number=number), words.RISK_HEADS, rows, numbers=(1, 2))


def _measured(found: Mapping[int, T | None]) -> dict[int, T]:
    for number, each in found.items():
        if each is None:
            st.info(words.NOT_MEASURED.format(number=number), icon=":material/info:")
    return {number: each for number, each in found.items() if each is not None}


def _confusion_alt(number: int, names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    right, everything = sum(row[i] for i, row in enumerate(counts)), sum(map(sum, counts))
    off = [(count, i, j) for i, row in enumerate(counts) for j, count in enumerate(row) if i != j and count]
    count, i, j = max(off, default=(0, 0, 0))
    worst = words.CONFUSION_WORST.format(was=names[i], said=names[j], count=count) if count else ""
    return words.CONFUSION_ALT.format(number=number, right=right, all=everything, worst=worst).strip()


def _reliability_line(number: int, measure: CalibrationMeasure) -> str:
    return words.RELIABILITY_LINE.format(
        number=number,
        error=f"{measure.expected_calibration_error:.3f}",
        before=f"{measure.expected_calibration_error_before:.3f}",
    )


def _risk_line(number: int, points: Sequence[RiskPoint]) -> str:
    def at(coverage: float) -> str:
        return words.share(min(points, key=lambda point: abs(point.coverage - coverage)).risk)

    return words.RISK_LINE.format(number=number, all=at(1.0), half=at(0.5))
