"""A chart on a page, always with how to read it, its table and its exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from vacsr_core.figures import Chart


def is_dark() -> bool:
    """Whether the page is shown in its dark theme."""
    return st.context.theme.type == "dark"


def show(
    chart: Chart, key: str, file_name: str, title: str, is_selectable: bool = False
) -> list | str | None:
    """Draw a chart and everything that belongs to it.

    Args:
        chart: from `vacsr_core.figures`.
        key: of the chart on its page. A chosen mark stays chosen as long as the key is the same.
        file_name: of the exports, without its ending and without any user text.
        title: heading of the exported page, without any user text.
        is_selectable: whether marks can be chosen.

    Returns:
        What the chosen mark carries as `customdata`; None where nothing is chosen.
    """
    from vacsr_core.figures import CONFIG

    event = st.plotly_chart(
        chart.figure,
        key=key,
        theme=None,
        config=CONFIG | {"toImageButtonOptions": {"filename": file_name, "scale": 2}},
        alt=chart.alt,
        on_select="rerun" if is_selectable else "ignore",
        selection_mode="points",
    )
    explain(chart, key, file_name, title)
    points = event["selection"]["points"] if is_selectable else []
    return points[0].get("customdata") if points else None


def explain(chart: Chart, key: str, file_name: str, title: str) -> None:
    """Draw what belongs to a chart but not the chart: how to read it, its table, its exports.

    Args: as of `show`; for a picture that a page draws in another way.
    """
    words = chart.how_to_read.replace(" %", "\u00a0%")  # no line begins with the sign
    st.caption(f"**How to read this.** {words}")
    with st.expander("Table and export", icon=":material/table_view:", key=f"{key}_export"):
        _exports(chart, key, file_name, title)


def _exports(chart: Chart, key: str, file_name: str, title: str) -> None:
    from vacsr_core.export import chart_html, table_csv

    dark = is_dark()
    st.dataframe(dict(chart.table), hide_index=True, height=240, alt=f"Table. {chart.alt}")
    with st.container(horizontal=True):
        st.download_button(
            "Table as CSV",
            lambda: table_csv(chart.table),
            f"{file_name}.csv",
            "text/csv",
            key=f"{key}_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Chart as HTML",
            lambda: chart_html(chart, title, dark),
            f"{file_name}.html",
            "text/html",
            key=f"{key}_html",
            on_click="ignore",
            icon=":material/download:",
        )
    st.caption(
        "For a picture (PNG), use the camera button at the top right of the chart. The HTML file "
        "works offline and sends nothing anywhere."
    )
