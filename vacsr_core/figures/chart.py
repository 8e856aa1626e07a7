"""Chart: a figure with its table, its text for screen readers and how to read it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from vacsr_core.figures.palette import FONT_FAMILY, Palette

# No logo and no button that offers to send the data to a service on the web.
CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart in every form that a page offers.

    Args:
        figure: in the colours of one theme, on its ground.
        table: column name -> values, the same numbers as in the figure.
        alt: one or two sentences that say what the figure shows, for those who cannot see it.
        how_to_read: two sentences, with an example from the data drawn.
    """

    figure: go.Figure
    table: Mapping[str, Sequence]
    alt: str
    how_to_read: str


def shown_text(text: str, most: int = 0) -> str:
    """Text from outside as a label or a hover line: escaped, because Plotly reads tags in both.

    Args:
        text: a caption or a file name.
        most: the most characters shown; 0 for all. What is cut off is marked by "…".

    Example:
        >>> shown_text("<b>a</b> long one", 5)
        '&lt;b&gt;a…'
    """
    if most and len(text) > most:
        text = text[: most - 1].rstrip() + "…"
    return html.escape(text, quote=False)


def wrapped(text: str, width: int = 48, lines: int = 4) -> str:
    """Text from outside as an escaped block for a hover box, broken between words."""
    rows: list[str] = [""]
    for word in text.split():
        pieces = [word[i : i + width] for i in range(0, len(word), width)]
        for piece in pieces:
            if rows[-1] and len(rows[-1]) + 1 + len(piece) > width:
                rows.append(piece)
            else:
                rows[-1] = f"{rows[-1]} {piece}".strip()
    if len(rows) > lines:
        rows = [*rows[: lines - 1], rows[lines - 1][: width - 1] + "…"]
    return "<br>".join(shown_text(row) for row in rows)


def base_layout(colours: Palette, height: int) -> dict:
    """What all charts have in common: type, the page's ground, small margins.

    Args:
        colours: of the theme.
        height: in pixels; the width follows the page.
    """
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 34, "b": 44},
        "paper_bgcolor": colours.surface,
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT_FAMILY, "size": 13, "color": colours.text},
        "hoverlabel": {
            "bgcolor": colours.surface,
            "bordercolor": colours.muted,
            "font": {"family": FONT_FAMILY, "size": 13, "color": colours.text},
            "align": "left",
        },
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": colours.muted,
            "activecolor": colours.text,
        },
        "showlegend": False,
        # Kept over a redraw: what a person zoomed into stays.
        "uirevision": "kept",
    }


def similarity_axis(colours: Palette, **changes) -> dict:
    """The axis of similarity, always 0 to 1, so that two pictures can be compared."""
    axis = {
        "range": [-0.005, 1.005],
        "tickvals": [0, 0.25, 0.5, 0.75, 1],
        "ticktext": ["0", "0.25", "0.5", "0.75", "1"],
        "tickfont": {"color": colours.muted},
        "gridcolor": colours.grid,
        "zeroline": False,
        "fixedrange": True,
        "title": {
            "text": "similarity",
            "font": {"color": colours.muted, "size": 13},
            "standoff": 8,
        },
    }
    return axis | changes


def still_axis(colours: Palette, title: str) -> dict:
    """An axis that cannot be zoomed, with quiet ticks and its title."""
    return {
        "tickfont": {"color": colours.muted},
        "gridcolor": colours.grid,
        "zeroline": False,
        "fixedrange": True,
        "title": {"text": title, "font": {"color": colours.muted, "size": 13}, "standoff": 8},
    }


def legend_above() -> dict:
    """Layout of a legend in one line above the plot, that says and does nothing else."""
    return {
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "itemclick": False,
            "itemdoubleclick": False,
        },
    }
