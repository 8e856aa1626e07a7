"""Maps as one Plotly chart, flat or in three dimensions: for turning, and to take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, shown_text, wrapped
from vacsr_core.figures.palette import palette, see_through

LONG_TEXT_UP_TO = 5_000  # points; beyond, hover boxes say the number alone
MOST_TABLE_ROWS = 1_000
_AXES = ("x", "y", "z")
_CAMERA = {"eye": {"x": 1.5, "y": 1.5, "z": 1.2}}  # the whole cube in a chart half as wide as high


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The P points of all maps of a chart.

    Args:
        labels: "Image 3: beach.jpg" or "Caption 7: a dog", text from outside.
        image_count: the first so many points are images, the others captions.
        colours: uint8 (P, 3).
        sizes: radii in pixels, (P,).
        lines: int (L, 2), points of each pair.
        chosen: places of the chosen points.
    """

    labels: Sequence[str]
    image_count: int
    colours: np.ndarray
    sizes: np.ndarray
    lines: np.ndarray
    chosen: Sequence[int] = ()


def space_map_chart(
    points: MapPoints,
    maps: Sequence[tuple[str, np.ndarray]],
    example: str = "",
    is_dark: bool = False,
    height: int = 520,
) -> Chart:
    """Draw maps side by side.

    Args:
        points: what lies on them.
        maps: (title, float (P, 2 or 3)) each, all of one shape.
        example: a sentence on two of the points.

    Returns: figure, table (the first 1,000 points), alternative text and how to read it.

    Raises: ShapeError where a map has not one place for each point.
    """
    count, dimensions = len(points.labels), maps[0][1].shape[1] if maps else 0
    if not maps or any(places.shape != (count, dimensions) for _, places in maps):
        came = [places.shape for _, places in maps]
        raise ShapeError(f"maps of {came} for {count} points; wanted (P, 2) or (P, 3) each.")
    is_solid = dimensions == 3
    figure = make_subplots(
        rows=1,
        cols=len(maps),
        specs=[[{"type": "scene" if is_solid else "xy"}] * len(maps)],
        subplot_titles=[shown_text(title) for title, _ in maps],
        horizontal_spacing=0.03,
    )
    colours = palette(is_dark)
    for column, (_, places) in enumerate(maps, start=1):
        for trace in _traces(points, places, colours):
            figure.add_trace(trace, row=1, col=column)
    figure.update_layout(**base_layout(colours, height))
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "title": ""}
    if is_solid:
        ground = {"backgroundcolor": colours.surface, "showspikes": False} | bare
        ground |= {"showgrid": True, "gridcolor": colours.grid}
        for column, (_, places) in enumerate(maps, start=1):
            middle, half = (places.max(0) + places.min(0)) / 2, 0.52 * np.ptp(places, axis=0).max()
            # One length for all axes: else a long map runs over the edge of its half.
            ranges = {
                f"{axis}axis": ground | {"range": [centre - half, centre + half]}
                for axis, centre in zip(_AXES, middle, strict=True)
            }
            figure.update_scenes(
                **ranges, aspectmode="cube", dragmode="orbit", camera=_CAMERA, row=1, col=column
            )
    else:
        figure.update_xaxes(**bare, showline=True, mirror=True, linecolor=colours.grid)
        figure.update_yaxes(**bare, showline=True, mirror=True, linecolor=colours.grid)
        for number in range(1, len(maps) + 1):
            own = "" if number == 1 else str(number)
            figure.layout[f"yaxis{own}"].scaleanchor = f"x{own}"
    names = " beside ".join(title for title, _ in maps)
    captions = count - points.image_count
    return Chart(
        figure,
        map_table(points, maps, MOST_TABLE_ROWS),
        f"Map of {points.image_count:,} images and {captions:,} captions in {dimensions} "
        f"dimensions: {names}.",
        "Circles are images, diamonds captions, and a line joins a caption with its image: what "
        f"is alike lies near each other, but gaps between groups say little. {example}".strip(),
    )


def map_table(
    points: MapPoints, maps: Sequence[tuple[str, np.ndarray]], most: int | None = None
) -> dict[str, list]:
    """The points as a table: what each is, and its places.

    Args:
        most: so many rows at most; None for all.
    """
    kinds = ["image"] * points.image_count
    kinds += ["caption"] * (len(points.labels) - points.image_count)
    table: dict[str, list] = {"kind": kinds[:most], "item": list(points.labels)[:most]}
    for title, places in maps:
        for axis in range(places.shape[1]):
            table[f"{title}, {_AXES[axis]}"] = places[:most, axis].round(4).tolist()
    return table


def _traces(points: MapPoints, places: np.ndarray, colours) -> list:
    kind = go.Scatter3d if places.shape[1] == 3 else go.Scattergl
    found = []
    if len(points.lines):
        found.append(
            kind(
                **_axes(_joined(places, points.lines)),
                mode="lines",
                line={"color": see_through(colours.muted, 0.35), "width": 1},
                hoverinfo="skip",
            )
        )
    chosen = np.zeros(len(places), bool)
    chosen[list(points.chosen)] = True
    is_long = len(places) <= LONG_TEXT_UP_TO
    parts = (
        (slice(0, points.image_count), "circle"),
        (slice(points.image_count, None), "diamond"),
    )
    for part, symbol in parts:
        labels = points.labels[part]
        if not len(labels):
            continue
        found.append(
            kind(
                **_axes(places[part]),
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": points.sizes[part] * (1.2 if kind is go.Scatter3d else 2.0),
                    "color": [f"rgb({r},{g},{b})" for r, g, b in points.colours[part].tolist()],
                    "line": {
                        "color": colours.chosen if chosen[part].any() else colours.surface,
                        "width": 0.5 if kind is go.Scatter3d else np.where(chosen[part], 3.0, 0.5),
                    },
                },
                text=[wrapped(text) if is_long else shown_text(text, 24) for text in labels],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    return found


def _axes(places: np.ndarray) -> dict[str, np.ndarray]:
    return {_AXES[axis]: places[:, axis] for axis in range(places.shape[1])}


def _joined(places: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Both ends of every line, and a gap after it."""
    found = np.full((3 * len(lines), places.shape[1]), np.nan, np.float32)
    found[0::3], found[1::3] = places[lines[:, 0]], places[lines[:, 1]]
    return found
