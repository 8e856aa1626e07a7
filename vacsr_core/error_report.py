"""The Errors page as one HTML file: figures, charts, lists with pictures, slices; works offline."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vacsr_core.export import chart_part, html_page
from vacsr_core.figures.palette import palette

if TYPE_CHECKING:
    from vacsr_core.figures.chart import Chart


@dataclass(frozen=True)
class ReportRow:
    """One pair of a list.

    Args:
        picture: data URI of the image.
        name: of the image.
        caption: its words.
        small: further words.
        miniature: SVG of the distribution, with its text alternative.
        mark: what a person said, or "".
    """

    picture: str
    name: str
    caption: str
    small: str
    miniature: tuple[str, str]
    mark: str


@dataclass(frozen=True, eq=False)
class Report:
    """What the file says, in plain text that is escaped here.

    Args:
        title, first_line: as on the page.
        facts: data set, counts, model, seeds: what every figure rests on.
        figures: (label, value, small print).
        charts: (heading, sentence, chart, or None where the sentence says what is missing).
        lists: (heading, sentence, rows).
        slices: column name -> values.
    """

    title: str
    first_line: str
    facts: Sequence[str]
    figures: Sequence[tuple[str, str, str]]
    charts: Sequence[tuple[str, str, Chart | None]]
    lists: Sequence[tuple[str, str, Sequence[ReportRow]]]
    slices: Mapping[str, Sequence]


def report_html(report: Report, is_dark: bool = False) -> bytes:
    """The report as UTF-8, about 5 MB where it holds a chart, because the drawing code is inside.

    Args:
        report: anything from outside in it is escaped.
        is_dark: the theme that the charts were drawn for.
    """
    parts = [f'<p class="first">{html.escape(report.first_line)}</p>', _facts(report.facts)]
    parts.append('<dl class="figures">')
    for label, value, small in report.figures:
        parts.append(
            f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd>"
            f"<dd><small>{html.escape(small)}</small></dd></div>"
        )
    parts.append("</dl>")
    has_code = True
    for heading, sentence, chart in report.charts:
        parts.append(f"<h2>{html.escape(heading)}</h2><p>{html.escape(sentence)}</p>")
        if chart is not None:
            drawn = chart_part(chart, has_code)
            parts.append(f'<div role="img" aria-label="{html.escape(chart.alt)}">{drawn}</div>')
            parts.append(f"<p>{html.escape(chart.how_to_read)}</p>")
            has_code = False
    for heading, sentence, rows in report.lists:
        parts.append(f"<h2>{html.escape(heading)}</h2><p>{html.escape(sentence)}</p>")
        parts.append(_rows(rows) if rows else "<p>None.</p>")
    parts.append(f"<h2>Where is it worse than elsewhere?</h2>{_table(report.slices)}")
    return html_page(report.title, "".join(parts), is_dark, _style(is_dark))


def _facts(facts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(fact)}</li>' for fact in facts)}</ul>"


def _rows(rows: Sequence[ReportRow]) -> str:
    made = []
    for row in rows:
        svg, alt = row.miniature
        mark = f" · marked {row.mark}" if row.mark else ""
        made.append(
            f'<li><img src="{html.escape(row.picture)}" alt="{html.escape(row.name)}" width="64">'
            f"<div><div>{html.escape(row.caption)}</div>"
            f"<small>{html.escape(row.small + mark)}</small></div>"
            f'<span role="img" aria-label="{html.escape(alt)}">{svg}</span></li>'
        )
    return f'<ol class="rows">{"".join(made)}</ol>'


def _table(table: Mapping[str, Sequence]) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in table)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>"
        for row in zip(*table.values(), strict=True)
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return html.escape(f"{value:.0%}" if isinstance(value, float) else str(value))


def _style(is_dark: bool) -> str:
    colours = palette(is_dark)
    return (
        "h2{font-size:1.15rem;margin-top:2.2rem}"
        f".first{{font-size:1.1rem;color:{colours.text}}}"
        f"small,li,dt{{color:{colours.muted}}}"
        ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:1rem}"
        ".figures dd{margin:0;font-size:1.3rem}.figures small{font-size:.8rem}"
        ".rows{padding:0;list-style:none}.rows li{display:flex;gap:.8rem;align-items:center;"
        f"flex-wrap:wrap;padding:.5rem 0;border-bottom:1px solid {colours.grid};"
        f"color:{colours.text}}}"
        ".rows li>div{flex:1 1 14rem;overflow-wrap:anywhere}"
        f".wide{{overflow-x:auto}}td,th{{text-align:left;padding:.25rem .8rem .25rem 0;"
        f"border-bottom:1px solid {colours.grid}}}"
    )
