"""A pair's score as a sum: what the columns that decide add, with the weights and without."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette
from vacsr_core.figures.spectrum import MIDDLE
from vacsr_core.sentences import number

MOST_BARS = 10
_PIXELS = 34  # for each column


def contributions_chart(
    unweighted: np.ndarray,
    weighted: np.ndarray,
    probability: np.ndarray,
    *,
    most: int = MOST_BARS,
    is_dark: bool = False,
) -> Chart:
    """Draw what the columns add to a pair's score.

    Args:
        unweighted: float (D,), what each column adds without weights; its sum is that score.
        weighted: float (D,), the same with the weights.
        probability: float (D,), p of each column.
        most: columns drawn one by one: those that add or take away most with the weights.
        is_dark: colours for a dark page.

    Returns:
        Chart; its last bar is the sum of all other columns, its table holds every column.

    Raises:
        ShapeError: no columns, or arrays of other lengths.
    """
    arrays = [np.asarray(a, np.float64) for a in (unweighted, weighted, probability)]
    if len({a.shape for a in arrays}) > 1 or arrays[0].ndim != 1 or not arrays[0].size:
        raise ShapeError(
            f"unweighted {arrays[0].shape}, weighted {arrays[1].shape}, probability "
            f"{arrays[2].shape}: wanted is one number for each of D columns, D at least 1."
        )
    without, with_p, p = arrays
    order = np.argsort(-np.abs(with_p), kind="stable")
    shown, rest = order[:most], order[most:]
    colours = palette(is_dark)
    figure = go.Figure(layout=_layout(colours, len(shown) + bool(len(rest))))
    _draw(figure, without, with_p, p, shown, rest, colours)
    table = {
        "column": (order + 1).tolist(),
        "p": np.round(p[order], 4).tolist(),
        "adds without weights": np.round(without[order], 5).tolist(),
        "adds with weights": np.round(with_p[order], 5).tolist(),
    }
    return Chart(figure, table, _alt(without, with_p, shown), _how_to_read(with_p, p, shown, rest))


def _layout(colours: Palette, bars: int) -> dict:
    layout = base_layout(colours, _PIXELS * bars + 110) | legend_above()
    layout["margin"] = {"l": 118, "r": 12, "t": 66, "b": 48}
    return layout | {
        "barmode": "group",
        "bargap": 0.25,
        "xaxis": still_axis(colours, "added to the score")
        | {"zeroline": True, "zerolinecolor": colours.muted},
        "yaxis": still_axis(colours, "")
        | {"autorange": "reversed", "showgrid": False, "tickfont": {"color": colours.text}},
        "dragmode": False,
    }


def _draw(
    figure: go.Figure,
    without: np.ndarray,
    with_p: np.ndarray,
    p: np.ndarray,
    shown: np.ndarray,
    rest: np.ndarray,
    colours: Palette,
) -> None:
    labels = [f"column {d + 1} · p {number(float(p[d]))}" for d in shown]
    fills = [colours.style if p[d] < MIDDLE else colours.meaning for d in shown]
    shapes = ["/" if p[d] < MIDDLE else "" for d in shown]
    if len(rest):
        labels.append(f"{len(rest):,} others" if len(rest) > 1 else "1 other")
        fills.append(colours.muted)
        shapes.append(".")

    def with_rest(values: np.ndarray) -> list[float]:
        return values[shown].tolist() + ([float(values[rest].sum())] if len(rest) else [])

    figure.add_bar(
        y=labels,
        x=with_rest(with_p),
        orientation="h",
        name="with the weights (hatched: style)",
        marker={"color": fills, "line": {"width": 0}, "pattern": {"shape": shapes, "size": 6}},
        hovertemplate="%{y}: %{x:+.4f}<extra>with the weights</extra>",
    )
    figure.add_bar(
        y=labels,
        x=with_rest(without),
        orientation="h",
        name="without",
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 1.5, "color": colours.muted}},
        hovertemplate="%{y}: %{x:+.4f}<extra>without weights</extra>",
    )


def _alt(without: np.ndarray, with_p: np.ndarray, shown: np.ndarray) -> str:
    first = ", ".join(f"column {d + 1} {with_p[d]:+.3f}" for d in shown[:3])
    return (
        f"What {len(with_p):,} columns add to the score of this pair: {with_p.sum():.3f} with the "
        f"weights, {without.sum():.3f} without. Most with them: {first}."
    )


def _how_to_read(with_p: np.ndarray, p: np.ndarray, shown: np.ndarray, rest: np.ndarray) -> str:
    top = int(shown[0])
    words = (
        "The score is the sum of the filled bars; a bar to the left takes away from it. Column "
        f"{top + 1} ({'style' if p[top] < MIDDLE else 'meaning'}, p {number(float(p[top]))}) "
        f"{'adds' if with_p[top] >= 0 else 'takes away'} most, {abs(with_p[top]):.3f} of "
        f"{with_p.sum():.3f}"
    )
    if len(rest):
        words += f"; the {len(rest):,} columns not drawn add {with_p[rest].sum():+.3f} together"
    return words + "."
