"""Risk-coverage: how the error falls when only the surest answers are kept."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette, see_through
from vacsr_core.sentences import NARROW

_ROOM = 1.25  # above the highest error, for words


def ideal_risk(count: int, errors: int) -> np.ndarray:
    """Error among the k surest where doubt puts every wrong answer last, float64 (count,)."""
    kept = np.arange(1, count + 1)
    return np.maximum(0, kept - (count - errors)) / kept


def risk_coverage_chart(risk: np.ndarray, kept: int, *, is_dark: bool = False) -> Chart:
    """Draw the error of the surest answers against how many of them are kept.

    Args:
        risk: float (Q,), share of errors among the k surest answers, k = 1 .. Q.
        kept: the k that is chosen, marked on the curve.
        is_dark: colours for a dark page.

    Returns:
        Chart; references are a doubt drawn at random (level) and one that knows every error.

    Raises:
        ShapeError: `kept` is not within the curve.
    """
    count = len(risk)
    if not 1 <= kept <= count:
        raise ShapeError(f"{kept} answers kept of {count}; wanted is 1 to {count}.")
    colours = palette(is_dark)
    coverage = np.arange(1, count + 1) / count
    ideal = ideal_risk(count, round(float(risk[-1]) * count))
    top = min(1.0, _ROOM * max(float(risk.max()), float(risk[-1]), 0.05))
    figure = go.Figure(layout=_layout(colours, top))
    for name, values, colour, dash in (
        ("doubt at random", np.full(count, risk[-1]), colours.muted, "dash"),
        ("doubt that knows every error", ideal, colours.other, "dot"),
        ("this doubt", risk, colours.belief, "solid"),
    ):
        figure.add_scatter(
            x=100 * coverage,
            y=100 * values,
            mode="lines",
            line={"color": colour, "width": 3 if dash == "solid" else 2, "dash": dash},
            name=name,
            hovertemplate="the surest %{x:.0f} %: %{y:.1f} % wrong<extra>" + name + "</extra>",
        )
    _mark(figure, float(risk[kept - 1]), kept / count, colours)
    table = {
        "kept": list(range(1, count + 1)),
        "coverage": np.round(coverage, 4).tolist(),
        "error, this doubt": np.round(risk, 4).tolist(),
        "error, random": np.round(np.full(count, risk[-1]), 4).tolist(),
        "error, ideal": np.round(ideal, 4).tolist(),
    }
    return Chart(figure, table, _alt(risk, kept), _how_to_read(risk, ideal, kept))


def _layout(colours: Palette, top: float) -> dict:
    shares = {"ticksuffix": f"{NARROW}%"}
    layout = base_layout(colours, 380) | legend_above()
    layout["margin"] |= {"l": 66, "t": 64, "b": 52}
    return layout | {
        "xaxis": still_axis(colours, "surest answers kept") | shares | {"range": [0, 102]},
        "yaxis": still_axis(colours, "wrong among them")
        | shares
        | {"range": [-2 * top, 100 * top]},
        "hovermode": "closest",
    }


def _mark(figure: go.Figure, error: float, coverage: float, colours: Palette) -> None:
    figure.add_vline(
        x=100 * coverage, line={"color": see_through(colours.chosen, 0.6), "width": 1.5}
    )
    figure.add_scatter(
        x=[100 * coverage],
        y=[100 * error],
        mode="markers+text",
        marker={"color": colours.chosen, "size": 12, "symbol": "circle"},
        text=[f"{_whole(error)} wrong"],
        textposition="top left" if coverage > 0.3 else "top right",
        textfont={"color": colours.text, "size": 13},
        name="chosen",
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )


def _alt(risk: np.ndarray, kept: int) -> str:
    count = len(risk)
    return (
        f"Error among the surest of {count:,} answers. All: {_whole(risk[-1])} wrong; the surest "
        f"{_whole(kept / count)}: {_whole(risk[kept - 1])} wrong; the surest half: "
        f"{_whole(risk[max(count // 2, 1) - 1])} wrong."
    )


def _how_to_read(risk: np.ndarray, ideal: np.ndarray, kept: int) -> str:
    return (
        "From right to left more and more doubtful answers are put aside: the lower the solid "
        "line runs below the dashed one, the better doubt knows what is wrong. Keeping the surest "
        f"{_whole(kept / len(risk))} leaves {_whole(risk[kept - 1])} wrong; a doubt drawn at "
        f"random would leave {_whole(risk[-1])}, one that knows every error "
        f"{_whole(ideal[kept - 1])}."
    )


def _whole(share: float) -> str:
    return f"{100 * share:.0f}{NARROW}%"
