"""What the charts share: each has a text in `alt` that says the same, and no letter in them is under 14 px."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

Rows = list[dict[str, Any]]
FONT_PX = 14
UNIT_INTERVAL = {"domain": [0, 1]}
_INK = {"light": "#34433f", "dark": "#c9d6d3"}
"""Of axes and legends: Streamlit's own grey is too faint to read."""


def show_chart(spec: dict[str, Any], rows: Rows, alt: str) -> None:
    """Draw a chart: a Vega-Lite `spec` without data and configuration, a row per mark, and the same as text."""
    ink = _INK[theme()]
    text = {"labelFontSize": FONT_PX, "titleFontSize": FONT_PX, "labelColor": ink, "titleColor": ink}
    config = {
        "axis": {**text, "labelLimit": 260, "titleFontWeight": "normal"},
        "legend": {**text, "orient": "top", "title": None},
    }
    st.vega_lite_chart({**spec, "data": {"values": rows}, "config": config}, width="stretch", alt=alt)


def show_bars(rows: Rows, *, name: str, value: str, group: str, order: Sequence[str], alt: str) -> None:
    """Draw a bar per row, one label below the other and one group beside the other.

    `name`, `value` and `group` are fields of a row; `order` is that of the groups.
    """
    scale = UNIT_INTERVAL if all(row[value] <= 1 for row in rows) else {}
    encoding = {
        "y": {"field": name, "type": "nominal", "sort": None, "title": None},
        "x": {"field": value, "type": "quantitative", "title": None, "axis": {"tickCount": 6}, "scale": scale},
        "yOffset": {"field": group, "sort": list(order)},
        "color": {"field": group, "type": "nominal", "sort": list(order)},
        "tooltip": [{"field": each} for each in (name, group, value)],
    }
    show_chart({"mark": {"type": "bar", "cornerRadiusEnd": 3}, "encoding": encoding, "height": {"step": 16}}, rows, alt)


def theme() -> str:
    """`light` or `dark`, as the visitor chose."""
    return "dark" if st.context.theme.type == "dark" else "light"
