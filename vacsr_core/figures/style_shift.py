"""What a change of style moves: how far every column went, beside its p."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from vacsr_core.feature_analysis.style_shift import StyleShift
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette
from vacsr_core.figures.spectrum import column_order, looks
from vacsr_core.leaning import leaning
from vacsr_core.sentences import counted, number

PARTS = 8  # of the columns, each with its mean


def style_shift_chart(
    shift: StyleShift, probability: np.ndarray, *, is_dark: bool = False
) -> Chart:
    """Draw how far every column moved, columns from most style to most meaning.

    Args:
        shift: from `style_shift`.
        probability: float (D,), p of each column.
        is_dark: colours for a dark page.
    """
    p, colours = np.asarray(probability, np.float64), palette(is_dark)
    order = column_order(p)
    places, size, leans = np.arange(1, len(p) + 1), shift.size[order], leaning(p)[order]
    figure = go.Figure(layout=_layout(colours))
    for kind, symbol in ((-1, "triangle-up"), (0, "x-thin"), (1, "circle")):
        name, colour, _ = looks(colours)[kind]
        part = leans == kind
        if part.any():
            figure.add_scatter(
                x=places[part],
                y=size[part].round(4),
                mode="markers",
                name=name,
                marker={
                    "symbol": symbol,
                    "size": 7,
                    "color": colour,
                    "line": {"width": 1.2, "color": colour},
                },
                hovertext=[
                    f"column {d + 1}, p {number(float(p[d]))}<br>moved "
                    f"{shift.size[d]:.2f} standard deviations"
                    for d in order[part]
                ],
                hoverinfo="text",
            )
    means = _part_means(size)
    figure.add_scatter(
        x=[edge for start, end, _ in means for edge in (start, end)],
        y=[mean for _, _, mean in means for _ in range(2)],
        mode="lines",
        name=f"mean of each {_ordinal(len(means))}",
        line={"color": colours.text, "width": 3},
        hoverinfo="skip",
    )
    table = {
        "column": (order + 1).tolist(),
        "p": p[order].round(4).tolist(),
        "moved, standard deviations": size.round(4).tolist(),
        "direction": shift.moved[order].round(4).tolist(),
    }
    return Chart(figure, table, _alt(shift, means), _how_to_read(shift, p, means))


def _ordinal(parts: int) -> str:
    return {1: "whole", 2: "half", 4: "quarter", 8: "eighth"}.get(parts, f"of {parts} parts")


def _part_means(size: np.ndarray) -> list[tuple[float, float, float]]:
    """(first place, last place, mean) of parts of equal size, as many as there is room for."""
    parts = np.array_split(size, min(PARTS, len(size)))
    ends = np.cumsum([len(part) for part in parts])
    return [
        (float(end - len(part)) + 0.5, float(end) + 0.5, float(part.mean()))
        for end, part in zip(ends, parts, strict=True)
    ]


def _layout(colours: Palette) -> dict:
    layout = base_layout(colours, 340) | legend_above()
    layout["margin"] = {"l": 62, "r": 8, "t": 82, "b": 48}
    return layout | {
        "xaxis": still_axis(colours, "columns, from style to meaning") | {"showgrid": False},
        "yaxis": still_axis(colours, "moved, standard deviations") | {"rangemode": "tozero"},
        "hovermode": "closest",
        "dragmode": False,
    }


def _alt(shift: StyleShift, means: list) -> str:
    return (
        f"How far each of {counted(len(shift.size), 'column')} moved, sorted by p: the mean is "
        f"{means[0][2]:.2f} standard deviations among the lowest p and {means[-1][2]:.2f} among "
        "the highest."
    )


def _how_to_read(shift: StyleShift, p: np.ndarray, means: list) -> str:
    most = int(shift.size.argmax())
    return (
        "If p is right, a change of style moves the columns on the left more than those on the "
        "right: the thick line falls. "
        f"Here it goes from {means[0][2]:.2f} to {means[-1][2]:.2f}, and column {most + 1} (p "
        f"{number(float(p[most]))}) moved furthest, {shift.size[most]:.2f} standard deviations of "
        "this library."
    )
