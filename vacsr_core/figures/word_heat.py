"""Where a word looks: the patches of a picture, coloured by how well each goes with a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, shown_text
from vacsr_core.figures.palette import Palette, palette, see_through
from vacsr_core.sentences import number

MOST_HOVER_WORDS = 3
_HEIGHT = 460


def word_heat_chart(
    heat: np.ndarray,
    grid: tuple[int, int],
    words: Sequence[str],
    picture: str,
    chosen: int | None = None,
    *,
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0),
    aspect: float = 1.0,
    is_dark: bool = False,
) -> Chart:
    """Lay the heat of one word, or of all on average, over the picture.

    Args:
        heat: float (P, W), score of each patch with each word, patches in row-major order.
        grid: (rows, columns) of the patches, rows * columns = P.
        words: the W words, any text.
        picture: data URI.
        chosen: the word whose heat is drawn; None for the average of all.
        box: the part of the picture that the patches cover, see `encode.seen_box`.
        aspect: width of the picture divided by its height.
        is_dark: colours for a dark page.

    Returns:
        Chart; its table has a row for every patch and a column for every word.

    Raises:
        ShapeError: heat, grid and words do not fit, or there is no such word.
    """
    heat = np.asarray(heat, np.float64)
    check_heat(heat, grid, words)
    if chosen is not None and not 0 <= chosen < len(words):
        raise ShapeError(f"word {chosen} asked for; there are {len(words)}, from 0.")
    colours = palette(is_dark)
    rows, columns = grid
    values = heat.mean(axis=1) if chosen is None else heat[:, chosen]
    figure = go.Figure(layout=_layout(colours) | _behind(picture, grid, box, aspect))
    figure.add_heatmap(
        z=values.reshape(rows, columns).round(4),
        x=list(range(1, columns + 1)),
        y=list(range(1, rows + 1)),
        colorscale=[[0, see_through(colours.meaning, 0.0)], [1, see_through(colours.meaning, 0.8)]],
        zmin=float(heat.min()),
        zmax=float(heat.max()),
        hovertext=_hover(heat, words, grid),
        hoverinfo="text",
        colorbar={
            "title": {"text": "score", "side": "top"},
            "orientation": "h",
            "thickness": 12,
            "outlinewidth": 0,
            "y": -0.02,
            "yanchor": "top",
        },
    )
    best = int(values.argmax())
    figure.add_shape(_frame(best, columns, colours.chosen))
    return Chart(
        figure,
        _table(heat, grid, words),
        _alt(values, grid, words, chosen),
        _how_to_read(heat, grid, chosen),
    )


def check_heat(heat: np.ndarray, grid: tuple[int, int], words: Sequence[str]) -> None:
    """Raises: ShapeError where there is not one score for each patch and word."""
    wanted = (grid[0] * grid[1], len(words))
    if heat.shape != wanted or 0 in wanted:
        raise ShapeError(
            f"heat has shape {heat.shape}; a grid of {grid[0]} x {grid[1]} patches and "
            f"{len(words)} words want {wanted}, with one patch and one word at least."
        )


def place(patch: int, grid: tuple[int, int]) -> str:
    """Where a patch lies, in words: "row 2, column 3"."""
    row, column = divmod(patch, grid[1])
    return f"row {row + 1}, column {column + 1}"


def _how_to_read(heat: np.ndarray, grid: tuple[int, int], chosen: int | None) -> str:
    """Without the words themselves: what comes from outside has no place in markup."""
    column = int(heat.max(axis=0).argmax()) if chosen is None else chosen
    best, worst = int(heat[:, column].argmax()), int(heat[:, column].argmin())
    return (
        "The stronger the colour, the better a patch goes with the word; the frame is round the "
        f"best one. Here word {column + 1} goes best with the patch in {place(best, grid)} "
        f"({number(float(heat[best, column]))}) and worst with that in {place(worst, grid)} "
        f"({number(float(heat[worst, column]))}). A patch has also read what is around it, so this "
        "is a hint at where a word is found and no proof."
    )


def _layout(colours: Palette) -> dict:
    layout = base_layout(colours, _HEIGHT)
    layout["margin"] = {"l": 4, "r": 4, "t": 30, "b": 64}
    return layout | {"dragmode": False}


def _behind(picture: str, grid: tuple[int, int], box: tuple, aspect: float) -> dict:
    """The axes, of which one unit is a patch, and the picture where it lies on them."""
    rows, columns = grid
    left, top, right, bottom = box
    wide, high = columns / (right - left), rows / (bottom - top)  # of the picture, in patches
    still = {"visible": False, "fixedrange": True, "constrain": "domain"}
    return {
        "xaxis": still | {"range": [0.5, columns + 0.5]},
        "yaxis": still
        | {
            "range": [rows + 0.5, 0.5],
            "scaleanchor": "x",
            "scaleratio": wide / (high * aspect),
        },
        "images": [
            {
                "source": picture,
                "xref": "x",
                "yref": "y",
                "x": 0.5 - left * wide,
                "y": 0.5 - top * high,
                "sizex": wide,
                "sizey": high,
                "sizing": "stretch",
                "layer": "below",
            }
        ],
    }


def _frame(patch: int, columns: int, colour: str) -> dict:
    row, column = divmod(patch, columns)
    return {
        "type": "rect",
        "x0": column + 0.5,
        "x1": column + 1.5,
        "y0": row + 0.5,
        "y1": row + 1.5,
        "line": {"color": colour, "width": 3},
    }


def _hover(heat: np.ndarray, words: Sequence[str], grid: tuple[int, int]) -> list[list[str]]:
    lines = []
    for patch, scores in enumerate(heat):
        first = np.argsort(-scores, kind="stable")[:MOST_HOVER_WORDS]
        best = "<br>".join(f"{shown_text(words[w], 24)} {number(float(scores[w]))}" for w in first)
        lines.append(f"{place(patch, grid)}<br>{best}")
    return [lines[start : start + grid[1]] for start in range(0, len(lines), grid[1])]


def _table(heat: np.ndarray, grid: tuple[int, int], words: Sequence[str]) -> dict[str, list]:
    table = {
        "row": np.repeat(np.arange(1, grid[0] + 1), grid[1]).tolist(),
        "column": np.tile(np.arange(1, grid[1] + 1), grid[0]).tolist(),
    }
    for column, word in enumerate(words):
        table[f"{column + 1} {word}"] = heat[:, column].round(4).tolist()
    return table


def _alt(
    values: np.ndarray, grid: tuple[int, int], words: Sequence[str], chosen: int | None
) -> str:
    what = "all words on average" if chosen is None else f"the word “{words[chosen]}”"
    return (
        f"The picture in {grid[0]} x {grid[1]} patches, coloured by their score with {what}: best "
        f"in {place(int(values.argmax()), grid)} ({number(float(values.max()))}), worst "
        f"{number(float(values.min()))}."
    )
