"""The picture of one pair: density with intervals, and below it twenty quantile dots."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures import curve
from vacsr_core.figures.chart import Chart, base_layout, similarity_axis
from vacsr_core.figures.dots import WORLDS, QuantileDots, quantile_dots
from vacsr_core.figures.palette import Palette, palette, see_through
from vacsr_core.sentences import number
from vacsr_core.similarity import Similarity

_HALF = 0.5
_TALLEST_OUTLINE = 2.5  # times the height of the belief
_TABLE_GRID = np.round(np.linspace(0.0, 1.0, 101), 2)


def distribution_chart(
    belief: Similarity,
    *,
    is_dark: bool = False,
    original: Similarity | None = None,
    other: Similarity | None = None,
    has_components: bool = False,
) -> Chart:
    """Draw what is believed about the similarity of one pair.

    Args:
        belief: Similarity of shape (1, 1).
        is_dark: colours for a dark page.
        original: the same pair before a change, drawn as a dotted outline.
        other: a second pair, drawn as a dashed outline with dots of its own.
        has_components: whether to draw the components of the mixture as faint outlines.

    Returns:
        Chart; its table holds density and share of the belief below, at 101 similarities.

    Raises:
        ShapeError: a Similarity holds more than one pair.
    """
    for name, given in (("belief", belief), ("original", original), ("other", other)):
        if given is not None and given.shape != (1, 1):
            raise ShapeError(
                f"{name} has shape {given.shape}; the chart shows one pair, shape (1, 1): take "
                "sim[i, j]."
            )
    colours = palette(is_dark)
    dots = quantile_dots(belief)
    other_dots = None if other is None else quantile_dots(other)
    figure = go.Figure(layout=_layout(colours, other is not None, original is not None))
    _draw_bands(figure, belief, colours)
    if has_components:
        _draw_components(figure, belief, colours)
    if original is not None:
        _draw_outline(figure, original, "before the changes", colours.muted, "dot")
    if other is not None:
        _draw_outline(figure, other, "the other pair", colours.other, "dash")
    own = curve.height(belief)
    tallest = max(curve.height(b) for b in (belief, original, other) if b is not None)
    # An outline that is a needle may leave the picture: the belief itself must stay readable.
    top = 1.12 * min(tallest, _TALLEST_OUTLINE * own)
    figure.update_yaxes(range=[0, top], selector={"anchor": "x"})
    _draw_marks(figure, belief, colours, top)
    _draw_dots(figure, dots, colours.belief, "circle", "y2")
    if other_dots is not None:
        _draw_dots(figure, other_dots, colours.other, "square", "y3")
    table = _table(belief, original, other)
    return Chart(figure, table, _alt(belief, dots), _how_to_read(belief, dots))


def _layout(colours: Palette, has_other: bool, has_original: bool) -> dict:
    has_legend = has_other or has_original
    hidden = {"visible": False, "fixedrange": True}
    # Room for two lines of words lies between density and dots.
    density, dots = ([0.38, 1.0], [0.0, 0.25]) if not has_other else ([0.5, 1.0], [0.23, 0.4])
    layout = base_layout(colours, 500 if has_other else 430)
    layout["margin"] |= {"t": 30, "b": 92 if has_legend else 44}
    layout["height"] += 48 if has_legend else 0
    layout |= {
        "xaxis": similarity_axis(colours, anchor="y3" if has_other else "y2"),
        "yaxis": hidden | {"domain": density, "anchor": "x"},
        "yaxis2": hidden | {"domain": dots, "anchor": "free"},
        "showlegend": has_legend,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "hovermode": "closest",
    }
    if has_other:
        layout["yaxis3"] = hidden | {"domain": [0.0, 0.17], "anchor": "free"}
    return layout


def _draw_bands(figure: go.Figure, belief: Similarity, colours: Palette) -> None:
    grid = curve.points(belief)
    for level, opacity in ((0.9, 0.22), (0.5, 0.42)):
        low, high = (float(edge[0, 0]) for edge in belief.interval(level))
        inside = np.unique(np.r_[low, grid[(grid > low) & (grid < high)], high])
        figure.add_scatter(
            x=inside,
            y=curve.density(belief, inside),
            mode="lines",
            line={"width": 0},
            fill="tozeroy",
            fillcolor=see_through(colours.belief, opacity),
            hoveron="fills",
            hoverinfo="text",
            text=f"{level:.0%} of the belief lies between {number(low)} and {number(high)}",
            showlegend=False,
        )
    figure.add_scatter(
        x=grid,
        y=curve.density(belief, grid),
        mode="lines",
        line={"color": colours.belief, "width": 2.5},
        name="this pair",
        hoverinfo="skip",
    )


def _draw_components(figure: go.Figure, belief: Similarity, colours: Palette) -> None:
    for weight, component in zip(belief.weights, curve.components(belief), strict=True):
        grid = curve.points(component)
        figure.add_scatter(
            x=grid,
            y=weight * curve.density(component, grid),
            mode="lines",
            line={"color": see_through(colours.belief, 0.7), "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )


def _draw_outline(figure: go.Figure, belief: Similarity, name: str, colour: str, dash: str) -> None:
    grid = curve.points(belief)
    figure.add_scatter(
        x=grid,
        y=curve.density(belief, grid),
        mode="lines",
        line={"color": colour, "width": 2, "dash": dash},
        name=name,
        hoverinfo="skip",
    )


def _draw_marks(figure: go.Figure, belief: Similarity, colours: Palette, top: float) -> None:
    """The mean as a line, the plain cosine as a tick under the curve, the middle dotted."""
    mean, cosine = float(belief.mean[0, 0]), float(belief.cosine[0, 0])
    tick = min(max(cosine, 0.0), 1.0)
    figure.add_scatter(
        x=[_HALF, _HALF], y=[0, top], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": colours.muted, "width": 1, "dash": "dot"},
    )  # fmt: skip
    figure.add_scatter(
        x=[mean, mean], y=[0, top], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": colours.text, "width": 1.5},
    )  # fmt: skip
    figure.add_scatter(
        x=[tick], y=[0], mode="markers", showlegend=False, cliponaxis=False,
        marker={"symbol": "triangle-up", "size": 10, "color": colours.muted},
        hoverinfo="text",
        text=f"The plain cosine, {number(cosine)}, on a scale of its own: only its order counts.",
    )  # fmt: skip
    words = {"showarrow": False, "font": {"size": 12}}
    figure.add_annotation(
        x=mean, y=top, yanchor="bottom", text=f"mean {number(mean)}", **_leaning(mean), **words
    )
    figure.add_annotation(
        x=tick, y=0, yanchor="top", yshift=-6, text=f"plain cosine {number(cosine)}",
        **_leaning(tick), **(words | {"font": {"size": 12, "color": colours.muted}}),
    )  # fmt: skip


def _leaning(x: float) -> dict:
    """Anchor of a label that must stay inside the chart near its ends."""
    return {"xanchor": "left" if x < 0.12 else "right" if x > 0.88 else "center"}


def _draw_dots(figure: go.Figure, dots: QuantileDots, colour: str, symbol: str, axis: str) -> None:
    """Filled above 0.5, open below, so that the count needs no colour."""
    is_above = dots.worlds > _HALF
    most = max(8, dots.tallest)
    figure.add_scatter(
        x=dots.x,
        y=dots.level - 0.5,
        yaxis=axis,
        mode="markers",
        marker={
            "symbol": [symbol if above else f"{symbol}-open" for above in is_above],
            "size": 10 if most <= 8 else max(4, 80 / most),
            "color": colour,
            "line": {"color": colour, "width": 1.5},
        },
        hoverinfo="text",
        text=[f"one of {WORLDS} worlds: similarity {number(x)}" for x in dots.worlds],
        showlegend=False,
        cliponaxis=False,
    )
    layout_axis = figure.layout[axis.replace("y", "yaxis")]
    layout_axis.range = [0, most]
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=layout_axis.domain[1], yref="paper", yanchor="bottom",
        text=f"above 0.5 in {dots.count_above(_HALF)} of {WORLDS} worlds",
        showarrow=False, font={"size": 12, "color": colour},
    )  # fmt: skip


def _table(
    belief: Similarity, original: Similarity | None, other: Similarity | None
) -> dict[str, list]:
    table: dict[str, list] = {"similarity": _TABLE_GRID.tolist()}
    named = (("this pair", belief), ("before the changes", original), ("the other pair", other))
    for name, given in named:
        if given is not None:
            table[f"density, {name}"] = curve.density(given, _TABLE_GRID).round(4).tolist()
            table[f"share below, {name}"] = given.cdf(_TABLE_GRID)[0, 0].round(4).tolist()
    return table


def _alt(belief: Similarity, dots: QuantileDots) -> str:
    (low, high), (inner_low, inner_high) = (
        [float(edge[0, 0]) for edge in belief.interval(level)] for level in (0.9, 0.5)
    )
    return (
        f"Density of the similarity from 0 to 1. Mean {number(float(belief.mean[0, 0]))}, half of "
        f"the belief between {number(inner_low)} and {number(inner_high)}, 90 % between "
        f"{number(low)} and {number(high)}; above 0.5 in {dots.count_above(_HALF)} of {WORLDS} "
        "equally likely worlds."
    )


def _how_to_read(belief: Similarity, dots: QuantileDots) -> str:
    low, high = (float(edge[0, 0]) for edge in belief.interval(0.5))
    above = dots.count_above(_HALF)
    return (
        "The higher the curve, the more likely that similarity; the dark part holds half of the "
        f"belief (here {number(low)} to {number(high)}), dark and light part together 90 %. Each "
        f"dot is one of {WORLDS} equally likely worlds: count the filled ones (here {above}) to "
        f"see how often the similarity is above 0.5."
    )
