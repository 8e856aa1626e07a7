"""Who resembles whom, as four pictures in one order: the teachers, their mixture, the students."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, shown_text
from vacsr_core.figures.palette import palette

if TYPE_CHECKING:
    from vacsr_core.space import Relations

PANELS = (
    ("image_teacher", "Images as the backbone sees them"),
    ("caption_teacher", "Their captions"),
    ("fused", "Both, mixed: the aim"),
    ("student", "Image with caption in the common space"),
)


def relations_chart(
    relations: Relations, names: Sequence[str], is_narrow: bool = False, is_dark: bool = False
) -> Chart:
    """Draw the four matrices of cosines, each on its own scale, clusters divided by lines.

    Args:
        relations: of n images, ordered by clusters.
        names: n names of the images, from outside.
        is_narrow: one below the other instead of two by two.

    Raises: ShapeError where names and matrices do not fit.
    """
    count = len(relations.rows)
    if len(names) != count:
        raise ShapeError(f"{len(names)} names for {count} images; wanted one for each.")
    colours = palette(is_dark)
    shape = (4, 1) if is_narrow else (2, 2)
    figure = make_subplots(
        rows=shape[0],
        cols=shape[1],
        subplot_titles=[title for _, title in PANELS],
        horizontal_spacing=0.06,
        vertical_spacing=0.05 if is_narrow else 0.09,
    )
    figure.update_layout(**base_layout(colours, 420 * shape[0] - 20))
    shown = [shown_text(name, 40) for name in names]
    hover = np.array([[f"{a}<br>{b}" for b in shown] for a in shown], dtype=object)
    edges = np.flatnonzero(np.diff(relations.clusters)) + 0.5
    for place, (attribute, title) in enumerate(PANELS):
        at = {"row": place // shape[1] + 1, "col": place % shape[1] + 1}
        values = getattr(relations, attribute)
        off = values[~np.eye(count, dtype=bool)]  # 1 on the diagonal would flatten the rest
        figure.add_trace(
            go.Heatmap(
                z=values,
                zmin=float(off.min()),
                zmax=float(off.max()),
                colorscale=[list(stop) for stop in colours.mean_ramp],
                showscale=False,
                text=hover,
                hovertemplate="%{text}<br>cosine %{z:.2f}<extra>" + title + "</extra>",
            ),
            **at,
        )
        for edge in edges:
            for add in (figure.add_hline, figure.add_vline):
                line = {"color": colours.outline, "width": 0.8}
                add(**{"y" if add == figure.add_hline else "x": edge}, line=line, **at)
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False, "fixedrange": True}
    figure.update_xaxes(**bare)
    figure.update_yaxes(**bare, autorange="reversed")
    return Chart(
        figure,
        _table(relations, names),
        f"Four matrices of cosines among {count} images and one caption of each, in "
        f"{int(relations.clusters.max()) + 1} clusters: {_told(relations)}.",
        "Each cell is the cosine of two items, and blocks along the diagonal are groups of alike "
        "ones: the fourth picture should show the blocks of the third. "
        f"Here {_told(relations)}.",
    )


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two matrices' cells beside the diagonal, in [-1, 1]; NaN for equal cells."""
    off = ~np.eye(len(first), dtype=bool)
    one, other = first[off].astype(np.float64), second[off].astype(np.float64)
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _told(relations: Relations) -> str:
    with_aim = agreement(relations.fused, relations.student)
    teachers = agreement(relations.image_teacher, relations.caption_teacher)
    return (
        f"the students' cells correlate with the mixed ones at {with_aim:.2f}, and the two "
        f"teachers with each other at {teachers:.2f}"
    )


def _table(relations: Relations, names: Sequence[str]) -> dict[str, list]:
    """The 200 most alike pairs by the mixture, with all four numbers: a readable twin."""
    first, second = np.triu_indices(len(relations.rows), k=1)
    order = np.argsort(-relations.fused[first, second], kind="stable")[:200]
    first, second = first[order], second[order]
    table: dict[str, list] = {
        "image": [names[i] for i in first],
        "other image": [names[i] for i in second],
        "cluster": (relations.clusters[first] + 1).tolist(),
    }
    for attribute, title in PANELS:
        table[title] = getattr(relations, attribute)[first, second].round(3).tolist()
    return table
