"""What a person takes away: a table as CSV, a chart as one HTML file that works offline."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vacsr_core.caption_text import escape_formula
from vacsr_core.errors import ShapeError

if TYPE_CHECKING:
    from vacsr_core.figures.chart import Chart

# The browser itself refuses any request that the file might make.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)


def table_csv(table: Mapping[str, Sequence]) -> bytes:
    """A table as CSV that spreadsheets open as it is meant.

    Args:
        table: column name -> values, all columns of one length.

    Returns:
        UTF-8 with a byte order mark (without it spreadsheets guess the encoding), rows ended by
        CR LF, and text that would run as a formula escaped.

    Raises:
        ShapeError: the columns have different lengths.
    """
    lengths = {name: len(values) for name, values in table.items()}
    if len(set(lengths.values())) > 1:
        raise ShapeError(f"The columns of a table must be equally long; these are {lengths}.")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([escape_formula(name) for name in table])
    writer.writerows([_cell(value) for value in row] for row in zip(*table.values(), strict=True))
    return written.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return escape_formula(value) if isinstance(value, str) else value


def chart_html(chart: Chart, title: str, is_dark: bool = False) -> bytes:
    """A chart as one HTML file: it works offline, fetches nothing and uploads nothing.

    Args:
        chart: figure, text and explanation.
        title: plain text, the file's heading.
        is_dark: the theme that the figure was drawn for.

    Returns:
        UTF-8, about 5 MB, because the drawing code is inside.
    """
    body = (
        f'<div role="img" aria-label="{html.escape(chart.alt)}">{chart_part(chart)}</div>'
        f"<p>{html.escape(chart.how_to_read)}</p>"
    )
    return html_page(title, body, is_dark)


def chart_part(chart: Chart, has_code: bool = True) -> str:
    """A chart as a part of a page.

    Args:
        chart: any.
        has_code: whether the drawing code is inside, which the first chart of a page needs.
    """
    from vacsr_core.figures.chart import CONFIG

    return chart.figure.to_html(
        full_html=False, include_plotlyjs=has_code, include_mathjax=False, config=CONFIG
    )


def html_page(title: str, body: str, is_dark: bool = False, style: str = "") -> bytes:
    """One HTML file that fetches and uploads nothing.

    Args:
        title: plain text, the heading too.
        body: HTML; whatever came from outside is escaped in it already.
        is_dark: in the colours of the dark theme.
        style: further CSS.
    """
    from vacsr_core.figures.palette import FONT_FAMILY, palette

    colours = palette(is_dark)
    css = (
        f"body{{margin:2rem auto;max-width:60rem;padding:0 1rem;font-family:{FONT_FAMILY};"
        f"background:{colours.surface};color:{colours.text};line-height:1.5}}"
        f"h1{{font-size:1.4rem}}p{{color:{colours.muted}}}{style}"
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{css}</style></head><body>"
        f"<h1>{html.escape(title)}</h1>{body}</body></html>\n"
    )
    return page.encode("utf-8")
