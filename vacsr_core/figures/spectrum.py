"""The spectrum of feature columns: how much meaning each carries, and an item's profile over it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, legend_above, still_axis
from vacsr_core.figures.palette import Palette, palette
from vacsr_core.leaning import BETWEEN, MEANING, STYLE, leaning
from vacsr_core.sentences import counted, number

_SYMBOLS = {"image": "circle", "caption": "diamond"}
_ROW_PIXELS, _BAR_PIXELS, _PROFILE_PIXELS, _GAP_PIXELS = 15, 190, 150, 34


def column_order(probability: np.ndarray) -> np.ndarray:
    """Columns from most style to most meaning; equal ones in the order of their numbers."""
    return np.argsort(np.asarray(probability), kind="stable")


def spectrum_chart(
    probability: np.ndarray,
    prototype: np.ndarray | None = None,
    profiles: Mapping[str, np.ndarray] | None = None,
    *,
    is_dark: bool = False,
) -> Chart:
    """Draw p of all columns, the style prototype of each, and how items stand in them.

    Args:
        probability: float (D,), p of each column, in [0, 1].
        prototype: int (D,), the style prototype that each column is nearest to, from 0; -1 for a
            column without one. None for none at all.
        profiles: "image" and "caption" -> float (D,), standard deviations that an item lies above
            or below its kind's average in each column; None for none.
        is_dark: colours for a dark page.

    Returns:
        Chart; columns run from most style to most meaning.

    Raises:
        ShapeError: no columns, or arrays of other lengths.
    """
    p = np.asarray(probability, np.float64)
    profiles = {name: np.asarray(values, float) for name, values in (profiles or {}).items()}
    _check(p, prototype, profiles)
    colours, order = palette(is_dark), column_order(p)
    groups = [] if prototype is None else np.unique(prototype[prototype >= 0]).tolist()
    figure = go.Figure(layout=_layout(colours, groups, bool(profiles)))
    table = _table(p, prototype, profiles, order)
    hover = _hover(table)
    draw_leaning_bars(figure, p, order, hover, colours)
    if groups:
        _draw_groups(figure, np.asarray(prototype)[order], groups, hover, colours)
    for name, values in profiles.items():
        figure.add_scatter(
            x=np.arange(1, len(p) + 1),
            y=np.round(values[order], 3),
            yaxis="y3",
            mode="markers",
            name=f"this {name}",
            marker={"symbol": _SYMBOLS[name], "size": 5, "color": getattr(colours, name)},
            hovertext=hover,
            hoverinfo="text",
        )
    return Chart(figure, table, _alt(p, groups), _how_to_read(p, groups, profiles, order))


def _check(p: np.ndarray, prototype: np.ndarray | None, profiles: Mapping) -> None:
    shapes = {"probability": p.shape} | {name: v.shape for name, v in profiles.items()}
    if prototype is not None:
        shapes["prototype"] = np.shape(prototype)
    if p.ndim != 1 or not p.size or len(set(shapes.values())) > 1:
        came = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ShapeError(f"{came}: wanted is one number for each of D columns, D at least 1.")


def _layout(colours: Palette, groups: list[int], has_profiles: bool) -> dict:
    """Bars on top, below them one line for each prototype, below these the profile."""
    heights = [_BAR_PIXELS, _ROW_PIXELS * len(groups), _PROFILE_PIXELS * has_profiles]
    inner = sum(heights) + _GAP_PIXELS * (sum(map(bool, heights)) - 1)
    layout = base_layout(colours, inner + 96) | legend_above()
    layout["margin"] = {"l": 58, "r": 8, "t": 48, "b": 48}
    bottom_axis = "y3" if has_profiles else "y2" if groups else "y"
    layout["xaxis"] = still_axis(colours, "columns, from style to meaning") | {
        "showgrid": False,
        "anchor": bottom_axis,
    }
    top = 1.0
    titles = ("p of the column", "prototype", "standard deviations")
    for name, height, title in zip(("yaxis", "yaxis2", "yaxis3"), heights, titles, strict=True):
        if height:
            domain = [max(top - height / inner, 0.0), top]
            layout[name] = still_axis(colours, title) | {"domain": domain}
            top = domain[0] - _GAP_PIXELS / inner
    layout["yaxis"] |= {"range": [0, 1.02], "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    if groups:
        layout["yaxis2"] |= {
            "range": [len(groups) - 0.5, -0.5],
            "tickvals": list(range(len(groups))),
            "ticktext": [str(group + 1) for group in groups],
            "tickfont": {"color": colours.muted, "size": 10},
        }
    if has_profiles:
        layout["yaxis3"] |= {"zeroline": True, "zerolinecolor": colours.muted}
    return layout | {"hovermode": "closest", "dragmode": False}


def draw_leaning_bars(
    figure: go.Figure, p: np.ndarray, order: np.ndarray, hover: list[str], colours: Palette
) -> None:
    """A bar for each column, in the colour and the pattern of what it leans to.

    Args:
        p: float (D,), p of each column.
        order: int (D,), the column at each place.
        hover: words for each place.
    """
    places, leans = np.arange(1, len(p) + 1), leaning(p)[order]
    for kind, (name, colour, shape) in looks(colours).items():
        chosen = leans == kind
        if chosen.any():
            figure.add_bar(
                x=places[chosen],
                y=np.round(p[order][chosen], 4),
                width=1.0,
                name=name,
                marker={
                    "color": colour,
                    "line": {"width": 0},
                    "pattern": pattern(shape, 5),
                },
                hovertext=[hover[place - 1] for place in places[chosen]],
                hoverinfo="text",
            )


def pattern(shape: str | list[str], size: int) -> dict:
    """A pattern over a bar of full colour, so that it stays as strong as a plain one."""
    return {"shape": shape, "fillmode": "overlay", "fgopacity": 0.5, "size": size}


def looks(colours: Palette) -> dict[int, tuple[str, str, str]]:
    """What a column leans to -> words, colour and pattern of its bar."""
    return {
        STYLE: ("style: lowest quarter", colours.style, "/"),
        BETWEEN: ("in between", colours.muted, "."),
        MEANING: ("meaning: highest quarter", colours.meaning, ""),
    }


def _draw_groups(
    figure: go.Figure, prototype: np.ndarray, groups: list, hover: list[str], colours: Palette
) -> None:
    line_of = {group: place for place, group in enumerate(groups)}
    has_one = np.flatnonzero(prototype >= 0)
    figure.add_scatter(
        x=has_one + 1,
        y=[line_of[group] for group in prototype[has_one].tolist()],
        yaxis="y2",
        mode="markers",
        marker={
            "symbol": "line-ns",
            "size": 9,
            "line": {"width": 1.5, "color": colours.style},
        },
        hovertext=[hover[place] for place in has_one],
        hoverinfo="text",
        showlegend=False,
    )


def _table(
    p: np.ndarray, prototype: np.ndarray | None, profiles: Mapping, order: np.ndarray
) -> dict[str, list]:
    table = {
        "place": list(range(1, len(p) + 1)),
        "column": (order + 1).tolist(),
        "p": np.round(p[order], 4).tolist(),
    }
    if prototype is not None:
        table["prototype"] = (np.asarray(prototype)[order] + 1).tolist()
    return table | {name: np.round(v[order], 3).tolist() for name, v in profiles.items()}


def _hover(table: dict[str, list]) -> list[str]:
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    return [
        f"column {row['column']}<br>p = {number(row['p'])}"
        + (f"<br>nearest to style prototype {row['prototype']}" if row.get("prototype") else "")
        + "".join(
            f"<br>this {name}: {row[name]:+.1f} standard deviations"
            for name in _SYMBOLS
            if name in row
        )
        for row in rows
    ]


def _alt(p: np.ndarray, groups: list) -> str:
    words = (
        f"p of {counted(len(p), 'column')}, sorted: from {number(float(p.min()))} to "
        f"{number(float(p.max()))}, median {number(float(np.median(p)))}; a quarter lies below "
        f"{number(float(np.quantile(p, 0.25)))}, a quarter above "
        f"{number(float(np.quantile(p, 0.75)))}."
    )
    if groups:
        words += f" Below, which of {counted(len(groups), 'style prototype')} each is nearest to."
    return words


def _how_to_read(p: np.ndarray, groups: list, profiles: Mapping, order: np.ndarray) -> str:
    first, last = int(order[0]), int(order[-1])
    words = (
        "Each bar is one of the numbers that the model describes an item by: the lower p, the more "
        "it looks like style, such as blur or phrasing, and the less it shall count. "
        f"Here column {first + 1} counts least (p {number(float(p[first]))}) and column {last + 1} "
        f"most ({number(float(p[last]))})."
    )
    if groups:
        words += " The ticks below show which style prototype a column is nearest to."
    for name, values in profiles.items():
        strongest = int(np.abs(values).argmax())
        words += (
            f" This {name} stands out most in column {strongest + 1} "
            f"({values[strongest]:+.1f} standard deviations)."
        )
    return words
