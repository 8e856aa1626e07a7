"""Reliability: of the pairs that are said to match with a chance of 30 %, do 30 % match?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette
from vacsr_core.sentences import NARROW, percent

if TYPE_CHECKING:
    from vacsr_core.metrics.calibration import Reliability

_ROOM = 1.04  # beyond the farthest point
_BARS = 40


def reliability_chart(bins: Reliability, chance: np.ndarray, *, is_dark: bool = False) -> Chart:
    """Draw what was said against what is true, and below it how many pairs were said what.

    Args:
        bins: mean chance, share of matches with its interval, and count of each bin.
        chance: float (P,) in [0, 1], of all pairs in the bins.
        is_dark: colours for a dark page.

    Returns:
        Chart; both axes end where the points do, and have the same length.

    Raises:
        ShapeError: there are not as many chances as pairs in the bins.
    """
    if len(chance) != bins.count.sum():
        raise ShapeError(f"{len(chance)} chances and {bins.count.sum()} pairs in the bins differ.")
    colours = palette(is_dark)
    end = float(np.clip(_ROOM * max(np.max(chance), bins.high.max()), 0.05, 1.0))
    figure = go.Figure(layout=_layout(colours, end))
    figure.add_scatter(
        x=[0, 100 * end], y=[0, 100 * end], mode="lines", hoverinfo="skip",
        line={"color": colours.muted, "dash": "dash", "width": 2}, name="keeps its word",
    )  # fmt: skip
    figure.add_scatter(
        x=100 * bins.chance,
        y=100 * bins.share,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": 100 * (bins.high - bins.share),
            "arrayminus": 100 * (bins.share - bins.low),
            "color": colours.belief,
            "thickness": 1.5,
            "width": 3,
        },
        mode="lines+markers",
        line={"color": colours.belief, "width": 1.5},
        marker={"color": colours.belief, "size": 9, "symbol": "circle"},
        customdata=bins.count,
        hovertemplate="said %{x:.1f} %, true %{y:.1f} % of %{customdata:,} pairs<extra></extra>",
        name="P(match) here",
    )
    counts, edges = np.histogram(chance, _BARS, (0.0, end))
    figure.add_bar(
        x=50 * (edges[1:] + edges[:-1]),
        y=counts,
        width=100 * end / _BARS,
        yaxis="y2",
        marker={"color": colours.muted, "opacity": 0.75},
        hovertemplate="%{y:,} pairs are said to match in %{x:.0f} %<extra></extra>",
        showlegend=False,
    )
    table = {
        "said": np.round(bins.chance, 4).tolist(),
        "true": np.round(bins.share, 4).tolist(),
        "95 % from": np.round(bins.low, 4).tolist(),
        "95 % to": np.round(bins.high, 4).tolist(),
        "pairs": [int(count) for count in bins.count],
    }
    return Chart(figure, table, _alt(bins), _how_to_read(bins))


def _layout(colours: Palette, end: float) -> dict:
    span = {"range": [-2 * end, 100 * end], "ticksuffix": f"{NARROW}%"}
    layout = base_layout(colours, 440) | legend_above()
    layout["margin"] |= {"l": 66, "t": 64, "b": 52}
    return layout | {
        "xaxis": still_axis(colours, "said: P(match)") | span | {"anchor": "y2"},
        "yaxis": still_axis(colours, "true: share that match") | span | {"domain": [0.27, 1]},
        "yaxis2": still_axis(colours, "pairs")
        | {"domain": [0, 0.17], "rangemode": "tozero", "nticks": 3},
        "hovermode": "closest",
        "bargap": 0,
    }


def _farthest(bins: Reliability) -> int:
    """The bin whose share lies farthest from what was said."""
    return int(np.abs(bins.share - bins.chance).argmax())


def _alt(bins: Reliability) -> str:
    return (
        f"Reliability of P(match) in {len(bins.count)} bins of {int(bins.count.sum()):,} pairs: "
        f"said from {percent(float(bins.chance[0]))} to {percent(float(bins.chance[-1]))}, true "
        f"from {percent(float(bins.share[0]))} to {percent(float(bins.share[-1]))}."
    )


def _how_to_read(bins: Reliability) -> str:
    place = _farthest(bins)
    said, true = float(bins.chance[place]), float(bins.share[place])
    side = "too much" if said > true else "too little"
    return (
        "Each point is a group of equally many pairs with like P(match); on the dashed line what "
        "is said comes true, below it too much is claimed; thin lines are 95 % intervals, the bars "
        "below say how many pairs got which P(match). Farthest off is the "
        f"group of {int(bins.count[place]):,} pairs that are said to match in {percent(said)} and "
        f"do in {percent(true)}: {side} is claimed there."
    )
