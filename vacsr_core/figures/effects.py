"""What weights do to retrieval: the difference that each kind makes, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from vacsr_core.errors import DataError
from vacsr_core.feature_analysis.retrieval_effect import CAPTIONS_ASK, IMAGES_ASK, Effect
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette
from vacsr_core.sentences import counted

_WHO = {CAPTIONS_ASK: "captions ask", IMAGES_ASK: "images ask"}
_PIXELS = 56  # for each kind of weights


def effects_chart(
    found: Sequence[Effect], names: Mapping[str, str], reference: str, *, is_dark: bool = False
) -> Chart:
    """Draw how recall at 1 differs from no weights.

    Args:
        found: of all kinds of weights and both directions.
        names: kind of weights -> what it is called, in the order drawn.
        reference: the kind that the others are compared with; it is the line at 0.
        is_dark: colours for a dark page.

    Raises:
        DataError: nothing to compare.
    """
    shown = [name for name in names if name != reference and any(e.name == name for e in found)]
    if not shown:
        raise DataError("There are no weights to compare; find the columns first.")
    colours = palette(is_dark)
    figure = go.Figure(layout=_layout(colours, [names[name] for name in shown]))
    for kind, colour, symbol, shift in (
        (CAPTIONS_ASK, colours.caption, "diamond", -0.14),
        (IMAGES_ASK, colours.image, "circle", 0.14),
    ):
        rows = [(place, e) for place, n in enumerate(shown) for e in found
                if e.name == n and e.kind == kind]  # fmt: skip
        figure.add_scatter(
            x=[100 * e.difference for _, e in rows],
            y=[place + shift for place, _ in rows],
            mode="markers",
            name=_WHO[kind],
            marker={"symbol": symbol, "size": 12, "color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [100 * (e.high - e.difference) for _, e in rows],
                "arrayminus": [100 * (e.difference - e.low) for _, e in rows],
                "color": colour,
                "thickness": 2,
            },
            hovertext=[
                f"{names[e.name]}, {_WHO[kind]}<br>{100 * e.recall:.1f} % found first, "
                f"{100 * e.difference:+.1f} points<br>{e.won} won, {e.lost} lost"
                for _, e in rows
            ],
            hoverinfo="text",
        )
    return Chart(figure, _table(found, names), _alt(found, names, shown), _reading(found, names))


def _layout(colours: Palette, labels: list[str]) -> dict:
    layout = base_layout(colours, _PIXELS * len(labels) + 120) | legend_above()
    layout["margin"] = {"l": 132, "r": 12, "t": 62, "b": 48}
    return layout | {
        "xaxis": still_axis(colours, "points of recall at 1, against no weights")
        | {"zeroline": True, "zerolinecolor": colours.text, "zerolinewidth": 2},
        "yaxis": still_axis(colours, "")
        | {
            "range": [len(labels) - 0.5, -0.5],
            "tickvals": list(range(len(labels))),
            "ticktext": labels,
            "tickfont": {"color": colours.text},
        },
        "hovermode": "closest",
        "dragmode": False,
    }


def _table(found: Sequence[Effect], names: Mapping[str, str]) -> dict[str, list]:
    rows = [e for name in names for e in found if e.name == name]
    return {
        "weights": [names[e.name] for e in rows],
        "who asks": [_WHO[e.kind] for e in rows],
        "queries": [e.queries for e in rows],
        "found first, %": [round(100 * e.recall, 1) for e in rows],
        "difference, points": [round(100 * e.difference, 1) for e in rows],
        "95 % from": [round(100 * e.low, 1) for e in rows],
        "95 % to": [round(100 * e.high, 1) for e in rows],
        "won": [e.won for e in rows],
        "lost": [e.lost for e in rows],
    }


def _alt(found: Sequence[Effect], names: Mapping[str, str], shown: list[str]) -> str:
    said = "; ".join(
        f"{names[e.name]}, {_WHO[e.kind]}, {100 * e.difference:+.1f}"
        for name in shown
        for e in found
        if e.name == name
    )
    return (
        f"Recall at 1 with {counted(len(shown), 'kind')} of weights against none, in points: {said}"
        "."
    )


def _reading(found: Sequence[Effect], names: Mapping[str, str]) -> str:
    example = next(e for e in found if e.difference or e.name != found[0].name)
    return (
        "A mark to the right of the line at 0 is a gain; where its whisker, the 95 % interval over "
        "images, crosses that line, the difference may be chance. Here "
        f"{names[example.name]} changes {100 * example.difference:+.1f} points when "
        f"{_WHO[example.kind]} ({100 * example.low:+.1f} to {100 * example.high:+.1f})."
    )
