"""What of an evaluation is drawn: confusion, reliability, risk and coverage; each again as a table."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from acneflow_client import CalibrationMeasure, Evaluation, RiskPoint
from frontend.model import words
from frontend.ui.charts import FONT_PX, UNIT_INTERVAL, Rows, show_chart, theme
from frontend.ui.table import show_table
from frontend.ui.text import share

T = TypeVar("T")
Evaluations = Mapping[int, Evaluation]
"""Of one or two versions, by number."""
_TABLE_POINTS = 12


_CELLS = {
    "light": ("#eef5f3", "#0f5f58", "#16211f", "#ffffff"),
    "dark": ("#1a2624", "#2dd4bf", "#e8f0ee", "#06201c"),
}
"""Colours of a matrix: of cells that hold none or all of their row, and of the numbers in either."""
_VERSION = {"color": {"field": "version", "type": "nominal"}}


def show_confusions(evaluations: Evaluations) -> None:
    st.caption(words.CONFUSION_NOTE)
    for number, evaluation in evaluations.items():
        counts = evaluation.metrics.confusion
        labels = {each.name: each.display_name for each in evaluation.classes}
        classes = [each.name for each in evaluation.classes] or list(evaluation.metrics.per_class)
        names = [labels.get(name, name) for name in classes]
        title = words.CONFUSION_TITLE.format(number=number)
        st.subheader(title, anchor=False)
        _draw_confusion(names, counts, alt=_confusion_alt(number, names, counts))
        with st.expander(words.AS_TABLE, icon=":material/table:", key=f"confusion-{number}"):
            heads = (f"{words.WAS} ↓ {words.SAID} →", *names)
            rows = [(names[i], *map(str, row)) for i, row in enumerate(counts)]
            show_table(title, heads, rows, numbers=range(1, len(heads)))


def show_reliabilities(evaluations: Evaluations) -> None:
    measured = _without_missing({number: each.calibration for number, each in evaluations.items()})
    if not measured:
        return
    lines = {number: _reliability_line(number, each) for number, each in measured.items()}
    st.caption(words.RELIABILITY_NOTE)
    _draw_reliability(measured, alt=words.RELIABILITY_ALT.format(text=" ".join(lines.values())))
    for number, each in measured.items():
        st.markdown(lines[number])
        with st.expander(words.AS_TABLE, icon=":material/table:", key=f"reliability-{number}"):
            rows = [
                (
                    f"{bin_.low:.0%} – {bin_.high:.0%}",
                    str(bin_.images),
                    *("–" if value is None else f"{value:.3f}" for value in (bin_.confidence, bin_.accuracy)),
                )
                for bin_ in each.bins
            ]
            show_table(words.version(number), words.RELIABILITY_HEADS, rows, numbers=(1, 2, 3))


def show_risks(evaluations: Evaluations) -> None:
    """How many answers are wrong when only the surest share of all is given."""
    measured = _without_missing({number: each.risk_coverage or None for number, each in evaluations.items()})
    if not measured:
        return
    st.caption(words.RISK_NOTE)
    lines = {number: _risk_line(number, points) for number, points in measured.items()}
    _draw_risk(measured, alt=words.RISK_ALT.format(text=" ".join(lines.values())))
    for number, points in measured.items():
        st.markdown(lines[number])
        with st.expander(words.AS_TABLE, icon=":material/table:", key=f"risk-{number}"):
            some = points[:: max(1, len(points) // _TABLE_POINTS)]
            rows = [(f"{p.threshold:.3f}", share(p.coverage), share(p.risk)) for p in some]
            show_table(words.version(number), words.RISK_HEADS, rows, numbers=(1, 2))


def _without_missing(found: Mapping[int, T | None]) -> dict[int, T]:
    for number, each in found.items():
        if each is None:
            st.info(words.NOT_MEASURED.format(number=number), icon=":material/info:")
    return {number: each for number, each in found.items() if each is not None}


def _draw_confusion(names: Sequence[str], counts: Sequence[Sequence[int]], *, alt: str) -> None:
    totals = [max(sum(row), 1) for row in counts]
    rows: Rows = [
        {"was": names[i], "said": names[j], "images": count, "share": count / totals[i]}
        for i, row in enumerate(counts)
        for j, count in enumerate(row)
    ]
    order = list(names)
    place = {
        "x": {"field": "said", "type": "nominal", "sort": order, "title": words.SAID, "axis": {"labelAngle": -40}},
        "y": {"field": "was", "type": "nominal", "sort": order, "title": words.WAS},
    }
    none, full, ink_on_none, ink_on_full = _CELLS[theme()]
    shade = {"field": "share", "type": "quantitative", "scale": {**UNIT_INTERVAL, "range": [none, full]}}
    ink = {"condition": {"test": "datum.share > 0.45", "value": ink_on_full}, "value": ink_on_none}
    layers = [
        {"mark": {"type": "rect", "cornerRadius": 3}, "encoding": {**place, "color": {**shade, "legend": None}}},
        {
            "transform": [{"filter": "datum.images > 0"}],
            "mark": {"type": "text", "fontSize": FONT_PX},
            "encoding": {**place, "text": {"field": "images"}, "color": ink},
        },
    ]
    show_chart({"layer": layers, "height": {"step": 34}}, rows, alt)


def _draw_reliability(measured: Mapping[int, CalibrationMeasure], *, alt: str) -> None:
    rows: Rows = [
        {
            "version": words.version(number),
            "confidence": each.confidence,
            "accuracy": each.accuracy,
            "images": each.images,
        }
        for number, measure in measured.items()
        for each in measure.bins
        if each.images
    ]
    axes = {"x": _axis("confidence", words.PROMISED), "y": _axis("accuracy", words.CAME), **_VERSION}
    diagonal = {
        "data": {"values": [{"confidence": 0, "accuracy": 0}, {"confidence": 1, "accuracy": 1}]},
        "mark": {"type": "line", "strokeDash": [5, 5], "color": "#7a8784"},
        "encoding": {"x": _axis("confidence", None), "y": _axis("accuracy", None)},
    }
    line = {"mark": {"type": "line", "point": False, "strokeWidth": 2}, "encoding": axes}
    points = {
        "mark": {"type": "circle", "opacity": 0.9},
        "encoding": {
            **axes,
            "size": {"field": "images", "type": "quantitative", "scale": {"range": [40, 500]}, "legend": None},
            "tooltip": [{"field": each} for each in ("version", "images")],
        },
    }
    show_chart({"layer": [diagonal, line, points], "height": 340}, rows, alt)


def _draw_risk(measured: Mapping[int, Sequence[RiskPoint]], *, alt: str) -> None:
    rows: Rows = [
        {"version": words.version(number), "coverage": point.coverage, "risk": point.risk}
        for number, points in measured.items()
        for point in points
    ]
    axes = {"x": _axis("coverage", words.COVERAGE), "y": _axis("risk", words.RISK, scale={"zero": True}), **_VERSION}
    show_chart({"mark": {"type": "line", "strokeWidth": 2}, "encoding": axes, "height": 340}, rows, alt)


def _axis(field: str, title: str | None, *, scale: Mapping[str, Any] = UNIT_INTERVAL) -> dict[str, Any]:
    axis = {"format": "%", "tickCount": 5}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale, "axis": axis}


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
        return share(min(points, key=lambda point: abs(point.coverage - coverage)).risk)

    return words.RISK_LINE.format(number=number, all=at(1.0), half=at(0.5))
