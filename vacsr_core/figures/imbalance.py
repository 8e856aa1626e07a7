"""How two spaces bear it when one modality gets worse, as two charts with a mark at a level."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import palette, see_through
from vacsr_core.imbalance_curves import ImbalanceCurves

TITLES = {
    "recall": ("Captions that find their image first", "share first"),
    "kept": ("Neighbours that stay the same", "share kept"),
}


def imbalance_chart(
    curves: ImbalanceCurves, what: str, worse: str, level: float, is_dark: bool = False
) -> Chart:
    """Draw one measure over the levels, a line for each space.

    Args:
        curves: from `imbalance_curves`.
        what: "recall" or "kept".
        worse: what got worse, such as "images: noise in the features".
        level: where to put the mark.
    """
    colours = palette(is_dark)
    lines: dict[str, np.ndarray] = dict(getattr(curves, what))
    title, unit = TITLES[what]
    layout = base_layout(colours, 320) | legend_above()
    layout["margin"] |= {"l": 60, "t": 56, "b": 52}
    shares = {"tickformat": ".0%", "rangemode": "tozero"}
    figure = go.Figure(
        layout=layout
        | {
            "xaxis": still_axis(colours, "how much worse") | {"tickformat": ".0%"},
            "yaxis": still_axis(colours, unit) | shares,
        }
    )
    looks = (("solid", colours.belief, "circle"), ("dash", colours.other, "square"))
    for (name, values), (dash, colour, symbol) in zip(lines.items(), looks, strict=False):
        figure.add_scatter(
            x=curves.levels,
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": colour, "dash": dash, "width": 3},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="%{x:.0%} worse: %{y:.1%}<extra>" + name + "</extra>",
        )
    figure.add_vline(x=level, line={"color": see_through(colours.chosen, 0.7), "width": 2})
    at = int(np.abs(np.array(curves.levels) - level).argmin())
    told = ", ".join(f"{name} {values[at]:.0%}" for name, values in lines.items())
    table = {"level": list(curves.levels)} | {
        f"{title}, {name}": values.round(4).tolist() for name, values in lines.items()
    }
    return Chart(
        figure,
        table,
        f"{title} while {worse} gets worse, over {len(curves.levels)} levels. At "
        f"{curves.levels[at]:.0%}: {told}.",
        f"From left to right {worse} gets worse; a line that stays high bears it. At the mark, "
        f"{curves.levels[at]:.0%}: {told} (n = {curves.captions:,} captions of {curves.images:,} "
        "images).",
    )
