"""The picture of a ranking: intervals sorted by mean, brackets round ties, P(best) as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from vacsr_core.errors import ShapeError
from vacsr_core.figures.chart import Chart, base_layout, similarity_axis, wrapped
from vacsr_core.figures.palette import Palette, palette, see_through
from vacsr_core.ranked import Ranking
from vacsr_core.sentences import TELL_APART, number, percent

LINE_CHARACTERS = 38  # fits beside the bars on a phone 390 pixels wide
_SYMBOLS = {"caption": "diamond", "image": "circle"}
_LEFT, _LEFT_WITH_PICTURES, _RIGHT, _BARS = 0.035, 0.15, 0.8, 0.84


@dataclass(frozen=True)
class RankedItem:
    """What is known of one rival beside its distribution.

    Args:
        id: comes back when its mark is chosen.
        label: caption or file name, any text.
        is_labelled: whether the library says that the pair belongs together.
        thumbnail: data URI of a small picture, or None.
    """

    id: str
    label: str
    is_labelled: bool
    thumbnail: str | None = None


def ranking_chart(
    ranking: Ranking,
    items: Sequence[RankedItem],
    kind: str,
    *,
    first: int = 0,
    is_dark: bool = False,
) -> Chart:
    """Draw some consecutive ranks of a ranking.

    Args:
        ranking: of all R rivals.
        items: the rivals at the ranks first, first + 1, … in this order.
        kind: what is ranked, "caption" (diamonds) or "image" (circles).
        first: the first rank drawn, counted from 0.
        is_dark: colours for a dark page.

    Returns:
        Chart; every mark carries its item's id as `customdata`.

    Raises:
        ShapeError: no items, or more than there are ranks.
    """
    last = first + len(items) - 1
    if not items or first < 0 or last >= len(ranking.order):
        raise ShapeError(
            f"ranks {first + 1} to {last + 1} asked for; there are {len(ranking.order)}."
        )
    colours = palette(is_dark)
    line = ranking.line[:, first : last + 1]
    places = -np.arange(first, last + 1, dtype=float)
    labels = [
        wrapped(f"{rank}.{' ✓' if item.is_labelled else ''} {item.label}", LINE_CHARACTERS, 2)
        for rank, item in enumerate(items, first + 1)
    ]
    has_pictures = any(item.thumbnail for item in items)
    tall = has_pictures or any("<br>" in label for label in labels)
    figure = go.Figure(layout=_layout(colours, len(items), places, has_pictures, tall))
    table = _table(ranking, items, first)
    _draw_intervals(figure, line, places, colours)
    _draw_means(figure, table, items, places, colours, kind)
    _draw_labels(figure, items, labels, places, colours)
    _draw_best(figure, ranking.best[first : last + 1], float(ranking.best.max()), places, colours)
    brackets = [
        _bracket(max(start, first), min(end, last), colours)
        for start, end in ranking.ties
        if end >= first and start <= last
    ]
    # At once: Plotly takes a second when they come one by one.
    figure.update_layout(shapes=brackets, images=_pictures(items, places))
    return Chart(figure, table, _alt(ranking, table, kind), _how_to_read(ranking, table, kind))


def _layout(
    colours: Palette, count: int, places: np.ndarray, has_pictures: bool, tall: bool
) -> dict:
    pitch = 62 if tall else 46
    layout = base_layout(colours, pitch * count + 84)
    left = _LEFT_WITH_PICTURES if has_pictures else _LEFT
    layout["margin"] = {"l": 4, "r": 8, "t": 76, "b": 8}
    layout |= {
        "xaxis": similarity_axis(colours, domain=[left, _RIGHT], side="top", anchor="y"),
        "xaxis2": {"domain": [_BARS, 1], "visible": False, "fixedrange": True, "anchor": "y"},
        "yaxis": {
            "visible": False,
            "fixedrange": True,
            "range": [float(places[-1]) - 0.55, float(places[0]) + 0.5],
        },
        "hovermode": "closest",
        "clickmode": "event+select",
        "dragmode": False,
    }
    return layout


def _draw_intervals(figure: go.Figure, line, places: np.ndarray, colours: Palette) -> None:
    """One trace for each level: segments parted by gaps."""
    for level, width, opacity in ((0.9, 3, 0.45), (0.5, 9, 0.45)):
        low, high = (edge[0] for edge in line.interval(level))
        gap = np.full_like(low, np.nan)
        figure.add_scatter(
            x=np.stack([low, high, gap], axis=1).ravel(),
            y=np.repeat(places - 0.26, 3),
            mode="lines",
            line={"color": see_through(colours.belief, opacity), "width": width},
            hoverinfo="skip",
        )


def _draw_means(
    figure: go.Figure,
    table: dict[str, list],
    items: Sequence[RankedItem],
    places: np.ndarray,
    colours: Palette,
    kind: str,
) -> None:
    symbol = _SYMBOLS[kind]
    figure.add_scatter(
        x=table["mean"],
        y=places - 0.26,
        mode="markers",
        customdata=[item.id for item in items],
        marker={
            "symbol": [symbol if item.is_labelled else f"{symbol}-open" for item in items],
            "size": 13,
            "color": getattr(colours, kind),
            "line": {"width": 2, "color": getattr(colours, kind)},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        hoverinfo="text",
        text=_hover(table),
        cliponaxis=False,
    )


def _hover(table: dict[str, list]) -> list[str]:
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    return [
        f"{wrapped(row['item'])}<br>rank {row['rank']}, mean {number(row['mean'])}, 90 % of the "
        f"belief {number(row['90 % from'])} to {number(row['90 % to'])}<br>the most similar of "
        f"all: {percent(row['P(best)'])}"
        + ("<br>labelled as belonging together" if row["labelled"] == "yes" else "")
        for row in rows
    ]


def _draw_labels(
    figure: go.Figure,
    items: Sequence[RankedItem],
    labels: Sequence[str],
    places: np.ndarray,
    colours: Palette,
) -> None:
    figure.add_scatter(
        x=np.zeros(len(items)),
        y=places + 0.16,
        mode="text",
        text=labels,
        textposition="middle right",
        textfont={"color": colours.text, "size": 12},
        customdata=[item.id for item in items],
        selected={"textfont": {"color": colours.text}},
        unselected={"textfont": {"color": colours.text}},
        hovertext=[wrapped(item.label) for item in items],
        hoverinfo="text",
        cliponaxis=False,
    )


def _draw_best(
    figure: go.Figure, best: np.ndarray, greatest: float, places: np.ndarray, colours: Palette
) -> None:
    figure.add_bar(
        x=best,
        y=places - 0.26,
        orientation="h",
        width=0.2,
        xaxis="x2",
        marker={"color": colours.text, "opacity": 0.65},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=np.zeros(len(best)),
        y=places + 0.16,
        xaxis="x2",
        mode="text",
        text=[percent(share).replace("under", "&lt;") for share in best],
        textposition="middle right",
        textfont={"size": 12.5, "color": colours.text},
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.update_layout(xaxis2_range=[0, max(greatest, 0.05)])
    figure.add_annotation(
        x=_BARS, xref="paper", xanchor="left", y=1, yref="paper", yanchor="bottom", yshift=8,
        text="is the<br>best", align="left", showarrow=False,
        font={"color": colours.muted, "size": 13},
    )  # fmt: skip


def _bracket(start: int, end: int, colours: Palette) -> dict:
    top, bottom = -start + 0.3, -end - 0.38
    return {
        "type": "path",
        "xref": "paper",
        "yref": "y",
        "path": f"M 0.018,{top} L 0.004,{top} L 0.004,{bottom} L 0.018,{bottom}",
        "line": {"color": colours.muted, "width": 2},
    }


def _pictures(items: Sequence[RankedItem], places: np.ndarray) -> list[dict]:
    return [
        {
            "source": item.thumbnail,
            "xref": "paper",
            "yref": "y",
            "x": 0.03,
            "y": place + 0.38,
            "sizex": _LEFT_WITH_PICTURES - 0.045,
            "sizey": 0.78,
            "sizing": "contain",
            "xanchor": "left",
            "yanchor": "top",
        }
        for item, place in zip(items, places, strict=True)
        if item.thumbnail
    ]


def _table(ranking: Ranking, items: Sequence[RankedItem], first: int) -> dict[str, list]:
    line = ranking.line[:, first : first + len(items)]
    low, high = (edge[0] for edge in line.interval(0.9))
    inner_low, inner_high = (edge[0] for edge in line.interval(0.5))
    group = {
        rank: f"{start + 1} to {end + 1}"
        for start, end in ranking.ties
        for rank in range(start, end + 1)
    }
    ranks = range(first, first + len(items))

    def rounded(values: np.ndarray) -> list[float]:
        return [round(float(value), 4) for value in values]

    return {
        "rank": [rank + 1 for rank in ranks],
        "item": [item.label for item in items],
        "labelled": ["yes" if item.is_labelled else "no" for item in items],
        "mean": rounded(line.mean[0]),
        "std": rounded(line.std[0]),
        "50 % from": rounded(inner_low),
        "50 % to": rounded(inner_high),
        "90 % from": rounded(low),
        "90 % to": rounded(high),
        "P(match)": rounded(line.match_probability[0]),
        "P(best)": rounded(ranking.best[first : first + len(items)]),
        "cosine": rounded(line.cosine[0]),
        "can't be told apart": [group.get(rank, "") for rank in ranks],
    }


def _alt(ranking: Ranking, table: dict[str, list], kind: str) -> str:
    ties = f" {len(ranking.ties)} groups of ranks can't be told apart." if ranking.ties else ""
    return (
        f"Ranks {table['rank'][0]} to {table['rank'][-1]} of {len(ranking.order):,} {kind}s by "
        f"mean similarity, from {number(table['mean'][0])} down to {number(table['mean'][-1])}, "
        f"with 50 % and 90 % intervals.{ties}"
    )


def _how_to_read(ranking: Ranking, table: dict[str, list], kind: str) -> str:
    mark = _SYMBOLS[kind]
    return (
        f"Each {mark} is a mean (here first {number(table['mean'][0])}), filled and with ✓ where "
        "the library says that the two belong together; the thick line holds 50 % of the belief, "
        f"the thin one 90 % ({number(table['90 % from'][0])} to {number(table['90 % to'][0])}). A "
        "bracket joins ranks that can't be told apart: its first is above each of the others with "
        f"less than {percent(TELL_APART)} (here {len(ranking.ties)} brackets in all ranks)."
    )
