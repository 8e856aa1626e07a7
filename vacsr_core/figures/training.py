"""The picture of a fit under way or done: training and validation loss after every epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from vacsr_core.errors import DataError
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette

# Which part of a stage's training loss is the validation loss's own counterpart.
COUNTERPARTS = ("reconstruction", "sigma")


def training_chart(epochs: Sequence[Mapping], *, is_dark: bool = False) -> Chart:
    """Draw the losses of a fit.

    Args:
        epochs: rows as `fit_adapters` reports them. Where the epochs start anew, another run
            began, such as a conservative fit after a full one; the last run is drawn.
        is_dark: colours for a dark page.

    Returns:
        Chart; its table holds every run.

    Raises:
        DataError: no epoch has ended yet.
    """
    if not epochs:
        raise DataError("No epoch has ended yet; the curves begin with the first.")
    table = _table(epochs)
    last = [row for row, run in enumerate(table["run"]) if run == table["run"][-1]]
    shown = {name: [values[row] for row in last] for name, values in table.items()}
    colours = palette(is_dark)
    figure = go.Figure(layout=_layout(colours, shown["epoch"][-1]))
    for name, colour, symbol, dash in (
        ("training", colours.other, "square", "dash"),
        ("left out", colours.belief, "circle", "solid"),
    ):
        figure.add_scatter(
            x=shown["epoch"],
            y=shown[name],
            name=name,
            mode="lines+markers" if len(last) <= 30 else "lines",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"symbol": symbol, "size": 7, "color": colour},
            hovertemplate=f"epoch %{{x}}<br>{name} %{{y:.4f}}<extra></extra>",
        )
    best = min(range(len(last)), key=lambda place: shown["left out"][place])
    _draw_best(figure, shown["epoch"][best], shown["left out"][best], colours)
    return Chart(figure, table, _alt(shown, best), _how_to_read(shown, best))


def _table(epochs: Sequence[Mapping]) -> dict[str, list]:
    runs, before = [], 0
    for row in epochs:
        is_new = not runs or row["epoch"] <= before
        runs.append((runs[-1] if runs else 0) + is_new)
        before = row["epoch"]
    return {
        "run": runs,
        "fit": [row.get("how", "full") for row in epochs],
        "epoch": [row["epoch"] for row in epochs],
        "training": [_training_loss(row["train"]) for row in epochs],
        "left out": [float(row["validation"]["loss"]) for row in epochs],
    }


def _training_loss(parts: Mapping[str, float]) -> float:
    return float(next(parts[name] for name in COUNTERPARTS if name in parts))


def _layout(colours: Palette, last: int) -> dict:
    epochs = {"range": [0.5, max(last, 5) + 0.5], "tickformat": "d", "nticks": 8}
    return (
        base_layout(colours, 280)
        | legend_above()
        | {
            "margin": {"l": 56, "r": 12, "t": 34, "b": 44},
            "xaxis": still_axis(colours, "epoch") | epochs,
            "yaxis": still_axis(colours, "loss"),
            "hovermode": "x",
            "dragmode": False,
            # Not kept over a redraw: the axes follow the epochs.
            "uirevision": None,
        }
    )


def _draw_best(figure: go.Figure, epoch: int, loss: float, colours: Palette) -> None:
    figure.add_scatter(
        x=[epoch],
        y=[loss],
        name="best so far",
        mode="markers",
        marker={
            "symbol": "circle-open",
            "size": 15,
            "color": colours.chosen,
            "line": {"width": 2.5},
        },
        hoverinfo="skip",
    )


def _alt(shown: Mapping[str, list], best: int) -> str:
    return (
        f"Loss after epochs {shown['epoch'][0]} to {shown['epoch'][-1]}: in training from "
        f"{shown['training'][0]:.4f} to {shown['training'][-1]:.4f}, on images left out from "
        f"{shown['left out'][0]:.4f} to {shown['left out'][-1]:.4f}, lowest after epoch "
        f"{shown['epoch'][best]}."
    )


def _how_to_read(shown: Mapping[str, list], best: int) -> str:
    since = len(shown["epoch"]) - 1 - best
    later = {0: "it is the last so far", 1: "one epoch came since"}
    return (
        "Lower is better: the solid line is measured on images that this fit does not learn from, "
        f"and its lowest point, the ring at epoch {shown['epoch'][best]} "
        f"({shown['left out'][best]:.4f}; {later.get(since, f'{since} epochs came since')}), is "
        "what is kept. When the dashed line falls and the solid one rises, the fit learns by heart."
    )
