"""The picture of many pairs at once: a heat map with the labelled pairs outlined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, shown_text, wrapped
from vacsr_core.figures.palette import Palette, Ramp, palette
from vacsr_core.sentences import number, percent
from vacsr_core.similarity import Similarity

MOST_CELLS = 4_000  # each carries a hover text and two ids to the browser
_PICTURE_SHARE = 0.09  # of the width


@dataclass(frozen=True)
class Measure:
    """One number of each pair that a heat map can show.

    Args:
        attribute: of Similarity.
        title: as the colour bar calls it.
        ramp: field of Palette.
        is_chance: shown as a percentage.
        top: end of the colour scale; 0 = the largest value drawn.
    """

    attribute: str
    title: str
    ramp: str
    is_chance: bool
    top: float

    def words(self, value: float) -> str:
        """The number as a person reads it."""
        return percent(value) if self.is_chance else number(value)


MEASURES = {
    "match": Measure("match_probability", "P(match)", "match_ramp", True, 1.0),
    "mean": Measure("mean", "mean similarity", "mean_ramp", False, 1.0),
    "std": Measure("std", "uncertainty (std)", "std_ramp", False, 0.0),
}


@dataclass(frozen=True)
class Side:
    """The items along one side of the heat map.

    Args:
        ids: come back when a cell is chosen.
        names: captions or file names, any text.
        numbers: position of each in the library, from 1.
        thumbnails: data URIs, or empty.
    """

    ids: Sequence[str]
    names: Sequence[str]
    numbers: Sequence[int]
    thumbnails: Sequence[str] = ()


def matrix_chart(
    sim: Similarity,
    images: Side,
    captions: Side,
    labelled: np.ndarray,
    measure: str = "match",
    *,
    chosen: tuple[int, int] | None = None,
    is_dark: bool = False,
) -> Chart:
    """Draw one number of every pair of some images and captions.

    Args:
        sim: the pairs of these images and captions, (n, m).
        images: along the left side, n items.
        captions: along the top, m items.
        labelled: bool (n, m), pairs that the library says belong together.
        measure: "match", "mean" or "std".
        chosen: the cell to frame.
        is_dark: colours for a dark page.

    Returns:
        Chart; every cell carries [image id, caption id] as `customdata`.

    Raises:
        ShapeError: the sides do not fit, or there are no cells or more than 4,000.
    """
    shape = (len(images.ids), len(captions.ids))
    if sim.shape != shape or labelled.shape != shape:
        raise ShapeError(
            f"sim {sim.shape} and labelled {labelled.shape} must fit {shape[0]} images and "
            f"{shape[1]} captions."
        )
    if not 0 < shape[0] * shape[1] <= MOST_CELLS:
        raise ShapeError(
            f"{shape[0]:,} x {shape[1]:,} cells asked for; choose a window of 1 to "
            f"{MOST_CELLS:,} cells."
        )
    shown, colours = MEASURES[measure], palette(is_dark)
    values = getattr(sim, shown.attribute)
    figure = go.Figure(layout=_layout(colours, images, captions))
    _draw_heat(figure, values, shown, getattr(colours, shown.ramp), colours)
    _draw_targets(figure, values, shown, images, captions, labelled)
    frames = [_frame(row, column, colours.outline, 2) for row, column in np.argwhere(labelled)]
    if chosen is not None:
        frames.append(_frame(*chosen, colours.chosen, 3.5))
    figure.update_layout(shapes=frames)  # at once: one by one takes a second
    table = _table(sim, images, captions, labelled)
    return Chart(
        figure,
        table,
        _alt(values, shown, labelled),
        _how_to_read(values, shown, images, captions, labelled),
    )


def _layout(colours: Palette, images: Side, captions: Side) -> dict:
    rows, columns = len(images.ids), len(captions.ids)
    has_pictures = bool(images.thumbnails)
    row_height = min(44, max(30 if has_pictures else 16, 320 // rows))
    layout = base_layout(colours, rows * row_height + 108)
    layout["margin"] = {"l": 4, "r": 4, "t": 64, "b": 44}
    axis = {"showgrid": False, "zeroline": False, "fixedrange": False, "ticks": ""}
    font = {"color": colours.muted, "size": 11}
    layout["xaxis"] = axis | {
        "domain": [_PICTURE_SHARE if has_pictures else 0.06, 1],
        "range": [-0.5, columns - 0.5],
        "tickfont": font,
        "title": {"text": "captions by number", "font": font, "standoff": 4},
        **_ticks(captions.numbers, 8),
    }
    layout["yaxis"] = axis | {
        "range": [rows - 0.5, -0.5],
        "tickfont": font,
        "anchor": "free",
        "position": 0.055,
        "showticklabels": not has_pictures,
        **_ticks(images.numbers, 24),
    }
    layout |= {"hovermode": "closest", "hoverdistance": -1, "clickmode": "event+select"}
    if has_pictures:
        layout["images"] = [
            {
                "source": thumbnail, "xref": "paper", "yref": "y", "x": 0, "y": row,
                "sizex": _PICTURE_SHARE - 0.01, "sizey": 0.92, "xanchor": "left",
                "yanchor": "middle", "sizing": "contain",
            }
            for row, thumbnail in enumerate(images.thumbnails)
        ]  # fmt: skip
    return layout


def _ticks(numbers: Sequence[int], most: int) -> dict:
    step = -(-len(numbers) // most)
    places = list(range(0, len(numbers), step))
    return {"tickvals": places, "ticktext": [f"{numbers[place]:,}" for place in places]}


def _draw_heat(
    figure: go.Figure, values: np.ndarray, shown: Measure, ramp: Ramp, colours: Palette
) -> None:
    top = shown.top or max(0.05, float(np.ceil(20 * values.max()) / 20))
    gap = 1 if max(values.shape) <= 40 else 0
    figure.add_heatmap(
        z=np.round(values, 4),
        zmin=0.0,
        zmax=top,
        colorscale=[list(stop) for stop in ramp],
        xgap=gap,
        ygap=gap,
        hoverinfo="skip",
        colorbar={
            "orientation": "h",
            "thickness": 10,
            "len": 0.7,
            "x": 0.5,
            "xanchor": "center",
            "y": 1,
            "ypad": 4,
            "yanchor": "bottom",
            "tickvals": [share * top for share in (0, 0.25, 0.5, 0.75, 1)],
            "tickformat": ".0%" if shown.is_chance else ".2f",
            "tickfont": {"color": colours.muted, "size": 11},
            "title": {"text": shown.title, "side": "top", "font": {"size": 13}},
            "ticklabelposition": "outside",
            "outlinewidth": 0,
        },
    )


def _draw_targets(
    figure: go.Figure,
    values: np.ndarray,
    shown: Measure,
    images: Side,
    captions: Side,
    labelled: np.ndarray,
) -> None:
    """Unseen marks that carry the ids: a heat map itself cannot be selected on a page."""
    rows, columns = (index.ravel() for index in np.indices(values.shape))
    names = [
        f"image {n:,}: {shown_text(name, 40)}"
        for n, name in zip(images.numbers, images.names, strict=True)
    ]
    texts = [wrapped(name, 44, 3) for name in captions.names]
    label = {True: "<br>labelled as belonging together", False: ""}
    figure.add_scatter(
        x=columns,
        y=rows,
        mode="markers",
        marker={"size": 4, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[images.ids[i], captions.ids[j]] for i, j in zip(rows, columns, strict=True)],
        hoverinfo="text",
        text=[
            f"{shown.title} {shown.words(values[i, j])}<br>{names[i]}<br>{texts[j]}"
            f"{label[bool(labelled[i, j])]}"
            for i, j in zip(rows, columns, strict=True)
        ],
    )


def _frame(row: int, column: int, colour: str, width: float) -> dict:
    return {
        "type": "rect",
        "x0": column - 0.5,
        "x1": column + 0.5,
        "y0": row - 0.5,
        "y1": row + 0.5,
        "line": {"color": colour, "width": width},
    }


def _table(sim: Similarity, images: Side, captions: Side, labelled: np.ndarray) -> dict[str, list]:
    rows, columns = (index.ravel() for index in np.indices(sim.shape))
    table: dict[str, list] = {
        "image": [images.names[i] for i in rows],
        "caption": [captions.names[j] for j in columns],
        "labelled": ["yes" if is_labelled else "no" for is_labelled in labelled.ravel()],
    }
    for measure in MEASURES.values():
        values = getattr(sim, measure.attribute).ravel().astype(float)
        table[measure.title] = values.round(4).tolist()
    table["cosine"] = sim.cosine.ravel().astype(float).round(4).tolist()
    return table


def _alt(values: np.ndarray, shown: Measure, labelled: np.ndarray) -> str:
    own, rest = values[labelled], values[~labelled]
    parts = [
        f"average {shown.words(float(group.mean()))} over {group.size:,} {name} pairs"
        for name, group in (("labelled", own), ("other", rest))
        if group.size
    ]
    return (
        f"Heat map of {shown.title} for {values.shape[0]} images and {values.shape[1]} captions: "
        f"{' and '.join(parts)}."
    )


def _how_to_read(
    values: np.ndarray, shown: Measure, images: Side, captions: Side, labelled: np.ndarray
) -> str:
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    outlined = int(labelled.sum())
    frames = {0: "no pair here is labelled", 1: "the outlined cell is the labelled pair"}.get(
        outlined, f"the {outlined} outlined cells are the labelled pairs"
    )
    return (
        f"Each row is an image, each column a caption; the colour is {shown.title}, and {frames}. "
        f"The highest here is image {images.numbers[row]:,} with caption "
        f"{captions.numbers[column]:,}: {shown.words(float(values[row, column]))}."
    )
