"""How the weights were found: gain and weight of every round, and p as it stood after one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette
from vacsr_core.figures.spectrum import column_order, draw_leaning_bars, pattern
from vacsr_core.sentences import counted, number


def rounds_chart(
    gain: Sequence[float],
    weight: Sequence[float],
    validation: Sequence[float],
    start: float,
    chosen: int,
    *,
    is_dark: bool = False,
) -> Chart:
    """Draw what every round's candidate prototypes gained and how much they were believed.

    Args:
        gain: (R,), change of the validation figure by each round's candidates.
        weight: (R,), how much of the candidates was blended in, in (0, 1).
        validation: (R,), the figure after each round: mean reciprocal rank, in [0, 1].
        start: the figure before the first round, with every weight 1.
        chosen: the round looked at, from 1 to R; 0 is before the first.
        is_dark: colours for a dark page.

    Raises:
        ShapeError: no rounds, series of other lengths, or no such round.
    """
    count = len(gain)
    if not count or not count == len(weight) == len(validation) or not 0 <= chosen <= count:
        raise ShapeError(
            f"gain {count}, weight {len(weight)}, validation {len(validation)} values and round "
            f"{chosen}: wanted is one value each for R rounds and a round from 0 to R."
        )
    colours = palette(is_dark)
    rounds = list(range(1, count + 1))
    figures = [float(start), *map(float, validation)]
    figure = go.Figure(layout=_rounds_layout(colours, count))
    figure.add_bar(
        x=rounds,
        y=[round(float(value), 4) for value in weight],
        yaxis="y2",
        name="weight of the candidates",
        marker={"color": colours.style, "pattern": pattern("/", 6)},
        width=0.5,
        hovertemplate="round %{x}: weight %{y:.3f}<extra></extra>",
    )
    for name, values, colour, symbol, dash, first in (
        ("figure after the round", figures, colours.belief, "circle", "solid", 0),
        ("with the candidates alone", _alone(figures, gain), colours.other, "square", "dot", 1),
    ):
        figure.add_scatter(
            x=list(range(first, count + 1)),
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"symbol": symbol, "size": 8, "color": colour},
            hovertemplate=f"round %{{x}}: {name} %{{y:.4f}}<extra></extra>",
        )
    figure.add_vline(x=chosen, line={"color": colours.chosen, "width": 2})
    table = {
        "round": [0, *rounds],
        "gain of the candidates": [None, *map(float, gain)],
        "weight": [None, *map(float, weight)],
        "validation figure": figures,
    }
    return Chart(figure, table, _rounds_alt(figures), _rounds_reading(gain, weight, figures))


def replay_chart(
    probability: np.ndarray, last: np.ndarray, chosen: int, *, is_dark: bool = False
) -> Chart:
    """Draw p after one round, in the order of the last one.

    Args:
        probability: float (D,), p of each column after the round.
        last: float (D,), p after the last round.
        chosen: which round this is; 0 is before the first.
        is_dark: colours for a dark page.

    Raises:
        ShapeError: the two differ in length, or there is no column.
    """
    now, last = np.asarray(probability, np.float64), np.asarray(last, np.float64)
    if now.shape != last.shape or now.ndim != 1 or not now.size:
        raise ShapeError(
            f"probability {now.shape} and last {last.shape}: wanted is one p for each of D columns."
        )
    colours, order = palette(is_dark), column_order(last)
    places = np.arange(1, len(now) + 1)
    figure = go.Figure(layout=_replay_layout(colours))
    hover = [f"column {d + 1}: p = {number(float(now[d]))}" for d in order]
    draw_leaning_bars(figure, now, order, hover, colours)
    figure.add_scatter(
        x=places,
        y=last[order].round(4),
        mode="lines",
        name="after the last round",
        line={"color": colours.text, "width": 2, "dash": "dot"},
        hoverinfo="skip",
    )
    table = {
        "column": (order + 1).tolist(),
        "p after this round": now[order].round(4).tolist(),
        "p after the last round": last[order].round(4).tolist(),
    }
    return Chart(figure, table, _replay_alt(now, chosen), _replay_reading(now, last, chosen))


def _alone(figures: Sequence[float], gain: Sequence[float]) -> list[float]:
    """What the candidates of each round would have reached, had they been taken as they came."""
    return [before + float(change) for before, change in zip(figures, gain, strict=False)]


def _rounds_layout(colours: Palette, count: int) -> dict:
    layout = base_layout(colours, 330) | legend_above()
    layout["margin"] = {"l": 66, "r": 8, "t": 82, "b": 48}
    return layout | {
        "xaxis": still_axis(colours, "round")
        | {
            "range": [-0.5, count + 0.5],
            "tick0": 0,
            "dtick": max(1, round(count / 12)),
            "anchor": "y2",
        },
        "yaxis": still_axis(colours, "found first (MRR)") | {"domain": [0.42, 1.0]},
        "yaxis2": still_axis(colours, "weight") | {"domain": [0.0, 0.32], "range": [0, 1]},
        "dragmode": False,
        "uirevision": None,
    }


def _replay_layout(colours: Palette) -> dict:
    layout = base_layout(colours, 300) | legend_above()
    layout["margin"] = {"l": 58, "r": 8, "t": 66, "b": 48}
    return layout | {
        "xaxis": still_axis(colours, "columns, in the order of the last round")
        | {"showgrid": False},
        "yaxis": still_axis(colours, "p of the column") | {"range": [0, 1.02]},
        "dragmode": False,
    }


def _rounds_alt(figures: Sequence[float]) -> str:
    best = int(np.argmax(figures))
    return (
        f"{counted(len(figures) - 1, 'round')} of the construction. Mean reciprocal rank on "
        f"validation pairs: {figures[0]:.3f} before the first, {figures[-1]:.3f} after the last, "
        f"greatest after round {best} ({figures[best]:.3f})."
    )


def _rounds_reading(
    gain: Sequence[float], weight: Sequence[float], figures: Sequence[float]
) -> str:
    best, worst = int(np.argmax(gain)), int(np.argmin(gain))
    words = (
        "Each round proposes new style prototypes; the better pairs find each other with them on "
        f"pairs kept aside, the more they count. Round {best + 1} gained most ({gain[best]:+.4f}), "
        f"so its proposal counts {number(float(weight[best]))}"
    )
    if worst != best:
        words += f"; round {worst + 1} ({gain[worst]:+.4f}) counts {number(float(weight[worst]))}"
    return f"{words}. In all the figure went from {figures[0]:.4f} to {figures[-1]:.4f}."


def _replay_alt(now: np.ndarray, chosen: int) -> str:
    when = f"After round {chosen}" if chosen else "Before the first round"
    return (
        f"{when}, p of {counted(len(now), 'column')} goes from {number(float(now.min()))} to "
        f"{number(float(now.max()))}, median {number(float(np.median(now)))}."
    )


def _replay_reading(now: np.ndarray, last: np.ndarray, chosen: int) -> str:
    away = np.abs(now - last)
    furthest = int(away.argmax())
    when = f"After round {chosen}" if chosen else "Before the first round"
    if not away.max():
        return f"The bars meet the dotted line: {when.lower()}, p is what it is in the end."
    return (
        "The bars are p after this round, the dotted line where they end. "
        f"{when} column {furthest + 1} has the furthest to go, from {number(float(now[furthest]))} "
        f"to {number(float(last[furthest]))}."
    )
