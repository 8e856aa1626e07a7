"""What a person takes away from the maps: a table on the page, CSV, Parquet, HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import chart, map_points
from app_pages.parts.map_layout import Drawn
from app_pages.parts.map_points import Points

if TYPE_CHECKING:
    from vacsr_core.figures import Chart
    from vacsr_core.item_values import ItemValues

TABLE_ROWS = 1_000


def draw(
    points: Points,
    drawn: list[Drawn],
    titles: list[str],
    colours: np.ndarray,
    sizes: np.ndarray,
    shown: list[ItemValues],
) -> None:
    """Draw the table behind the maps and the downloads; each is made when it is asked for."""
    with st.expander("Table and export", icon=":material/table_view:", key="map_export"):
        st.dataframe(
            _table(points, drawn, titles, shown),
            hide_index=True,
            height=240,
            alt="The points of the maps: kind, words, number of neighbours kept, places",
        )
        if len(points) > TABLE_ROWS:
            st.caption(f"The first {TABLE_ROWS:,} of {len(points):,}; the files hold all.")
        with st.container(horizontal=True):
            for label, name, kind, work in (
                ("CSV", "common-space.csv", "text/csv", lambda: _csv(points, drawn, shown)),
                (
                    "Parquet for Embedding Atlas",
                    "common-space.parquet",
                    "application/vnd.apache.parquet",
                    lambda: _parquet(points, drawn, shown),
                ),
                (
                    "HTML",
                    "common-space.html",
                    "text/html",
                    _html(points, drawn, titles, colours, sizes),
                ),
            ):
                st.download_button(
                    label, work, name, kind, key=f"map_{name}", on_click="ignore",
                    icon=":material/download:",
                )  # fmt: skip
        from vacsr_core.map_export import COMMAND

        st.caption(
            "PNG: the button above the map. The Parquet file holds pictures, places and true "
            "neighbours; Embedding Atlas opens it with"
        )
        st.code(COMMAND, language=None)


def chart_of(
    points: Points, drawn: list[Drawn], titles: list[str], colours: np.ndarray, sizes: np.ndarray
) -> Chart:
    """The maps as a Plotly chart."""
    from vacsr_core.figures.space_map import MapPoints, space_map_chart

    labels = [points.label(p) for p in range(len(points))]
    shown = MapPoints(
        labels, len(points.rows), colours, sizes, points.lines, map_points.chosen(points)
    )
    maps = [(title, one.coordinates) for title, one in zip(titles, drawn, strict=True)]
    return space_map_chart(shown, maps, _example(points, drawn), chart.is_dark())


def _example(points: Points, drawn: list[Drawn]) -> str:
    """The longest line of the first map, told by its numbers."""
    lines = points.lines
    if not len(lines):
        return ""
    ends = drawn[0].coordinates[lines]
    longest = lines[np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).argmax()]
    image = points.rows[longest[0]] + 1
    caption = points.columns[longest[1] - len(points.rows)] + 1
    return f"The longest line joins image {image} with caption {caption}."


def _html(points, drawn, titles, colours, sizes) -> Callable[[], bytes]:
    is_dark = chart.is_dark()  # asked here: a download is made outside the page's run

    def work() -> bytes:
        from vacsr_core.export import chart_html

        made = chart_of(points, drawn, titles, colours, sizes)
        return chart_html(made, "Where does everything lie?", is_dark)

    return work


def _table(points: Points, drawn: list[Drawn], titles: list[str], shown: list[ItemValues]) -> dict:
    most = min(len(points), TABLE_ROWS)
    table: dict[str, list] = {
        "kind": ["image" if points.is_image(p) else "caption" for p in range(most)],
        "item": [points.label(p) for p in range(most)],
    }
    for values in shown:
        table[values.label] = _cells(values, most)
    for title, one in zip(titles, drawn, strict=True):
        for axis in range(one.coordinates.shape[1]):
            table[f"{title}, {'xyz'[axis]}"] = one.coordinates[:most, axis].round(3).tolist()
    return table


def _cells(values: ItemValues, most: int | None = None) -> list:
    known = values.values[:most]
    if values.kind == "names":
        return [values.names[int(v)] if np.isfinite(v) else None for v in known]
    return [float(v) if np.isfinite(v) else None for v in known]


def _columns(drawn: list[Drawn], shown: list[ItemValues]) -> tuple[dict, dict]:
    """Places by prefix, and further columns, by names that a program likes."""
    prefixes = ("projection", "space") if len(drawn) > 1 else ("projection",)
    maps = {p: one.coordinates for p, one in zip(prefixes, drawn, strict=True)}
    values = {}
    for one in shown:
        name = "".join(c if c.isalnum() else "_" for c in one.label.lower()).strip("_")
        values[name] = _cells(one)
    for prefix, one in zip(prefixes, drawn, strict=True):
        if one.map is not None and one.map.quality is not None:
            distortion = one.map.quality.distortion
            values[f"{prefix}_distortion"] = [
                float(v) if np.isfinite(v) else None for v in distortion
            ]
    return maps, values


def _csv(points: Points, drawn: list[Drawn], shown: list[ItemValues]) -> bytes:
    from vacsr_core.export import table_csv
    from vacsr_core.map_export import map_columns

    return table_csv(
        map_columns(points.shown_images, points.shown_captions, *_columns(drawn, shown))
    )


def _parquet(points: Points, drawn: list[Drawn], shown: list[ItemValues]) -> bytes:
    from vacsr_core.map_export import map_parquet
    from vacsr_core.metrics.neighbourhood import neighbours

    one = drawn[0].map
    if one is not None:
        near = one.neighbours, one.distances
    else:
        rows = np.vstack([points.images.vectors, points.captions.vectors])
        near = neighbours(rows, min(20, len(rows) - 1))
    return map_parquet(points.shown_images, points.shown_captions, *_columns(drawn, shown), *near)
