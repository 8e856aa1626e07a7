"""A pair's score as a sum: what style and meaning add, and the columns that decide."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette
from vacsr_core.figures.spectrum import looks, pattern
from vacsr_core.leaning import leaning
from vacsr_core.sentences import counted, number

MOST_BARS = 8
_PIXELS, _GAP = 32, 74  # for each bar; between the two parts


def contributions_chart(
    unweighted: np.ndarray,
    weighted: np.ndarray,
    probability: np.ndarray,
    *,
    most: int = MOST_BARS,
    is_dark: bool = False,
) -> Chart:
    """Draw what the columns add to a pair's score, in three groups and the strongest one by one.

    Args:
        unweighted: float (D,), what each column adds without weights; its sum is that score.
        weighted: float (D,), the same with the weights.
        probability: float (D,), p of each column.
        most: columns drawn one by one: those that add or take away most with the weights.
        is_dark: colours for a dark page.

    Returns:
        Chart; its table holds every column.

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
    leans, colours = leaning(p), palette(is_dark)
    groups = {kind: leans == kind for kind in looks(colours) if (leans == kind).any()}
    figure = go.Figure(layout=_layout(colours, len(groups), len(order[:most])))
    _draw_groups(figure, without, with_p, groups, colours)
    _draw_columns(figure, without, with_p, p, order[:most], leans, colours)
    table = {
        "column": (order + 1).tolist(),
        "p": np.round(p[order], 4).tolist(),
        "leans to": [looks(colours)[kind][0] for kind in leans[order]],
        "adds without weights": np.round(without[order], 5).tolist(),
        "adds with weights": np.round(with_p[order], 5).tolist(),
    }
    return Chart(
        figure, table, _alt(without, with_p, order), _how_to_read(with_p, p, order, groups, colours)
    )


def _layout(colours: Palette, groups: int, bars: int) -> dict:
    heights = _PIXELS * groups, _PIXELS * bars
    inner = sum(heights) + _GAP
    layout = base_layout(colours, inner + 130) | legend_above()
    layout["margin"] = {"l": 148, "r": 12, "t": 82, "b": 48}
    upper = 1.0 - heights[0] / inner
    sums = {"zeroline": True, "zerolinecolor": colours.muted, "nticks": 5, "tickangle": 0}
    names = {"autorange": "reversed", "showgrid": False, "tickfont": {"color": colours.text}}
    return layout | {
        "barmode": "group",
        "bargap": 0.25,
        "xaxis": still_axis(colours, "added to the score by all of them") | sums | {"anchor": "y"},
        "yaxis": still_axis(colours, "") | names | {"domain": [upper, 1.0]},
        "xaxis2": still_axis(colours, "added to the score by one column") | sums | {"anchor": "y2"},
        "yaxis2": still_axis(colours, "")
        | names
        | {"domain": [0.0, heights[1] / inner], "anchor": "x2"},
        "dragmode": False,
    }


def _draw_groups(
    figure: go.Figure, without: np.ndarray, with_p: np.ndarray, groups: dict, colours: Palette
) -> None:
    labels = [
        f"{looks(colours)[kind][0].partition(':')[0]} ({part.sum():,})"
        for kind, part in groups.items()
    ]
    sums = [[float(values[part].sum()) for part in groups.values()] for values in (with_p, without)]
    _draw_bars(figure, labels, *sums, list(groups), colours, "", True)


def _draw_columns(
    figure: go.Figure,
    without: np.ndarray,
    with_p: np.ndarray,
    p: np.ndarray,
    shown: np.ndarray,
    leans: np.ndarray,
    colours: Palette,
) -> None:
    labels = [f"column {d + 1}, p {number(float(p[d]))}" for d in shown]
    values = with_p[shown].tolist(), without[shown].tolist()
    _draw_bars(figure, labels, *values, leans[shown].tolist(), colours, "2", False)


def _draw_bars(
    figure: go.Figure,
    labels: list[str],
    with_p: list[float],
    without: list[float],
    kinds: list[int],
    colours: Palette,
    axis: str,
    has_legend: bool,
) -> None:
    look = [looks(colours)[kind] for kind in kinds]
    common = {"y": labels, "orientation": "h", "xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    figure.add_bar(
        x=with_p,
        name="with the weights (/ style, . in between)",
        marker={
            "color": [colour for _, colour, _ in look],
            "line": {"width": 0},
            "pattern": pattern([shape for _, _, shape in look], 6),
        },
        hovertemplate="%{y}: %{x:+.4f}<extra>with the weights</extra>",
        showlegend=has_legend,
        **common,
    )
    figure.add_bar(
        x=without,
        name="without",
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 1.5, "color": colours.muted}},
        hovertemplate="%{y}: %{x:+.4f}<extra>without weights</extra>",
        showlegend=has_legend,
        **common,
    )


def _alt(without: np.ndarray, with_p: np.ndarray, order: np.ndarray) -> str:
    first = ", ".join(f"column {d + 1} {with_p[d]:+.3f}" for d in order[:3])
    return (
        f"What {counted(len(with_p), 'column')} add to the score of this pair: "
        f"{with_p.sum():.3f} with the weights, {without.sum():.3f} without. "
        f"Most with them: {first}."
    )


def _how_to_read(
    with_p: np.ndarray, p: np.ndarray, order: np.ndarray, groups: dict, colours: Palette
) -> str:
    top = int(order[0])
    shares = ", ".join(
        f"{looks(colours)[kind][0].partition(':')[0]} {with_p[part].sum():+.3f}"
        for kind, part in groups.items()
    )
    return (
        f"A bar to the right adds to the score, one to the left takes away. Here {shares}: "
        f"{with_p.sum():.3f} in all; the strongest single column, {top + 1} (p "
        f"{number(float(p[top]))}), {'adds' if with_p[top] >= 0 else 'takes away'} "
        f"{abs(with_p[top]):.3f}."
    )
