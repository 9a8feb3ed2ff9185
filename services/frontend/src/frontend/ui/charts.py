"""The charts: what they show is told again as text in `alt`, and no letter in them is under 14 px."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from acneflow_client import ReliabilityBin, RiskPoint
from frontend.ui import words

Rows = list[dict[str, Any]]
_FONT_PX = 14


class _Cells(NamedTuple):
    """Colours of a matrix: of cells that hold nothing or all of their row, and of the numbers in them."""

    none: str
    all: str
    ink_on_none: str
    ink_on_all: str


_CELLS = {
    "light": _Cells("#eef5f3", "#0f5f58", "#16211f", "#ffffff"),
    "dark": _Cells("#1a2624", "#2dd4bf", "#e8f0ee", "#06201c"),
}
_INK = {"light": "#34433f", "dark": "#c9d6d3"}
"""Of axes and legends: Streamlit's own grey is too faint to read."""
_SHARE = {"domain": [0, 1]}


def show_confusion(names: Sequence[str], counts: Sequence[Sequence[int]], *, alt: str) -> None:
    """A confusion matrix: rows are what it was, columns what the model said; shaded by the share of the row."""
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
    colours = _CELLS[_theme()]
    shade = {"field": "share", "type": "quantitative", "scale": {**_SHARE, "range": [colours.none, colours.all]}}
    ink = {"condition": {"test": "datum.share > 0.45", "value": colours.ink_on_all}, "value": colours.ink_on_none}
    layers = [
        {"mark": {"type": "rect", "cornerRadius": 3}, "encoding": {**place, "color": {**shade, "legend": None}}},
        {
            "transform": [{"filter": "datum.images > 0"}],
            "mark": {"type": "text", "fontSize": _FONT_PX},
            "encoding": {**place, "text": {"field": "images"}, "color": ink},
        },
    ]
    _show({"layer": layers, "height": {"step": 34}}, rows, alt)


def show_reliability(curves: Mapping[str, Sequence[ReliabilityBin]], *, alt: str) -> None:
    """Reliability diagram: how often answers of a confidence were right; on the diagonal they keep their promise."""
    rows: Rows = [
        {"version": name, "confidence": each.confidence, "accuracy": each.accuracy, "images": each.images}
        for name, bins in curves.items()
        for each in bins
        if each.images
    ]
    diagonal = {
        "data": {"values": [{"confidence": 0, "accuracy": 0}, {"confidence": 1, "accuracy": 1}]},
        "mark": {"type": "line", "strokeDash": [5, 5], "color": "#7a8784"},
        "encoding": {"x": _number("confidence", ""), "y": _number("accuracy", "")},
    }
    line = {
        "mark": {"type": "line", "point": False, "strokeWidth": 2},
        "encoding": {**_axes("confidence", words.PROMISED, "accuracy", words.CAME), **_by_version()},
    }
    points = {
        "mark": {"type": "circle", "opacity": 0.9},
        "encoding": {
            **_axes("confidence", words.PROMISED, "accuracy", words.CAME),
            **_by_version(),
            "size": {"field": "images", "type": "quantitative", "scale": {"range": [40, 500]}, "legend": None},
            "tooltip": [{"field": each} for each in ("version", "images")],
        },
    }
    _show({"layer": [diagonal, line, points], "height": 340}, rows, alt)


def show_risk_coverage(curves: Mapping[str, Sequence[RiskPoint]], *, alt: str) -> None:
    """Risk–coverage: how many answers are wrong, when only the surest share of all is given."""
    rows: Rows = [
        {"version": name, "coverage": point.coverage, "risk": point.risk}
        for name, points in curves.items()
        for point in points
    ]
    encoding = {**_axes("coverage", words.COVERAGE, "risk", words.RISK), **_by_version()}
    encoding["y"] = _number("risk", words.RISK, domain=None)
    _show({"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding, "height": 340}, rows, alt)


def show_shares(rows: Rows, *, name: str, value: str, group: str, order: Sequence[str], alt: str) -> None:
    """Bars, one below the other, one group beside the other.

    Args:
        rows: one dictionary per bar.
        name: field with the bar's label.
        value: field with its length.
        group: field that tells bars of one label apart.
        order: of the groups.
        alt: the same as text.
    """
    scale = _SHARE if all(row[value] <= 1 for row in rows) else {}
    encoding = {
        "y": {"field": name, "type": "nominal", "sort": None, "title": None},
        "x": {"field": value, "type": "quantitative", "title": None, "axis": {"tickCount": 6}, "scale": scale},
        "yOffset": {"field": group, "sort": list(order)},
        "color": {"field": group, "type": "nominal", "sort": list(order)},
        "tooltip": [{"field": each} for each in (name, group, value)],
    }
    _show({"mark": {"type": "bar", "cornerRadiusEnd": 3}, "encoding": encoding, "height": {"step": 16}}, rows, alt)


def _show(spec: dict[str, Any], rows: Rows, alt: str) -> None:
    ink = _INK[_theme()]
    text = {"labelFontSize": _FONT_PX, "titleFontSize": _FONT_PX, "labelColor": ink, "titleColor": ink}
    config = {
        "axis": {**text, "labelLimit": 260, "titleFontWeight": "normal"},
        "legend": {**text, "orient": "top", "title": None},
    }
    st.vega_lite_chart({**spec, "data": {"values": rows}, "config": config}, width="stretch", alt=alt)


def _theme() -> str:
    return "dark" if st.context.theme.type == "dark" else "light"


def _axes(x: str, x_title: str, y: str, y_title: str) -> dict[str, Any]:
    return {"x": _number(x, x_title), "y": _number(y, y_title)}


def _number(field: str, title: str, *, domain: Mapping[str, Any] | None = None) -> dict[str, Any]:
    scale = _SHARE if domain is None and field != "risk" else {"zero": True}
    axis = {"format": "%", "tickCount": 5}
    return {"field": field, "type": "quantitative", "title": title or None, "scale": scale, "axis": axis}


def _by_version() -> dict[str, Any]:
    return {"color": {"field": "version", "type": "nominal"}}
