"""The report as one HTML file that needs nothing else: tables, plots, and what they mean."""

from __future__ import annotations

import html

from vacsr_core.evaluation.charts import line_chart, reliability_chart
from vacsr_core.evaluation.queries import DIRECTIONS
from vacsr_core.evaluation.report import Curve, Report
from vacsr_core.evaluation.tables import Table, choices, tables
from vacsr_core.evaluation.words import ABOUT, RELIABILITY, RISK_COVERAGE

STYLE = """
:root { color-scheme: light dark; --text: #1d2530; --muted: #566070; --line: #e3e7ec;
  --ground: #ffffff; --strong: #157a63; }
@media (prefers-color-scheme: dark) { :root { --text: #e8ecf1; --muted: #a9b4c0;
  --line: #2b333d; --ground: #12161c; --strong: #58c39c; } }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; color: var(--text);
  background: var(--ground); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Noto Sans", sans-serif; }
h1, h2, h3 { line-height: 1.2; margin: 2rem 0 .5rem; }
h2 { border-top: 2px solid var(--line); padding-top: 1.5rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
.meaning, figcaption, footer { color: var(--muted); max-width: 60rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left;
  white-space: nowrap; vertical-align: top; }
th[scope=row] { font-weight: 600; position: sticky; left: 0; background: var(--ground); }
td small { display: block; color: var(--muted); }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; flex: 1 1 22rem; max-width: 30rem; }
svg text { font-size: 12px; fill: var(--muted); }
svg .grid { stroke: var(--line); }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem;
  font-size: .85rem; }
.key { width: 30px; height: 8px; margin-right: .4rem; }
"""


def html_page(report: Report) -> str:
    """The whole report as one HTML document without a single address in it."""
    parts = [f"<h1>Evaluation</h1><p><code>{html.escape(report.command)}</code></p>"]
    parts += [f"<p>{html.escape(line)}</p>" for line in ABOUT]
    for data in report.data_sets:
        parts += _section(report, data)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in report.notes or ("Nothing.",))
    parts.append(f"<h2>Left out, and not measured</h2><ul>{notes}</ul>")
    made_with = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    parts.append(f"<footer>Made with {html.escape(made_with)}.</footer>")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation</title><style>{STYLE}</style></head>\n"
        f"<body><main>{chr(10).join(parts)}</main></body></html>\n"
    )


def _section(report: Report, data: str) -> list[str]:
    figures = report.find(data=data)
    seeds = ", ".join(str(seed) for seed in sorted({s for f in figures for s in f.seeds}))
    said = "".join(f"<li>{html.escape(line)}</li>" for line in choices(report, data))
    return [
        f"<h2>{html.escape(data)}</h2>",
        f"<p>{html.escape(figures[0].split)}. Seeds {seeds}.</p><ul>{said}</ul>",
        *_plots(report, data),
        *(_table(table) for table in tables(report, data)),
    ]


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in table.header)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{_cell(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    meaning = html.escape(" ".join(table.meanings))
    return (
        f"<h3>{html.escape(table.title[:1].upper() + table.title[1:])}</h3>"
        f'<p class="meaning">{meaning}</p><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    """A figure, with its interval in a line of its own."""
    figure, bracket, interval = text.partition(" (")
    if not bracket or " to " not in interval:
        return html.escape(text)
    return f"{html.escape(figure)}<small>{html.escape(interval.rstrip(')'))}</small>"


def _plots(report: Report, data: str) -> list[str]:
    """Risk-coverage of both directions, then reliability of each contender; not of the ablation."""
    kinds = {row.contender: row.kind for row in report.chosen if row.data == data}
    curves = [
        curve
        for curve in report.curves
        if curve.data == data and kinds.get(curve.contender) != "ablation"
    ]
    found = []
    for direction in DIRECTIONS:
        lines = [c for c in curves if c.plot == "risk-coverage" and c.direction == direction]
        if lines:
            alt = f"Risk over coverage, {direction}: {_ends(lines)}"
            chart = line_chart(lines, "coverage", "share of errors", alt)
            found.append(_figure(chart, f"{direction.capitalize()}"))
    risk = _group("Risk and coverage", RISK_COVERAGE, found)
    found = [
        _figure(reliability_chart(c, f"Reliability of {c.contender}: {_points(c)}"), c.contender)
        for c in curves
        if c.plot == "reliability"
    ]
    return risk + _group("Reliability of P(match)", RELIABILITY, found)


def _group(title: str, meaning: str, figures: list[str]) -> list[str]:
    if not figures:
        return []
    return [
        f'<h3>{title}</h3><p class="meaning">{html.escape(meaning)}</p>',
        f'<div class="plots">{"".join(figures)}</div>',
    ]


def _figure(chart: str, caption: str) -> str:
    return f"<figure>{chart}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _ends(curves: list[Curve]) -> str:
    """What the lines say at half and at full coverage."""
    return "; ".join(
        f"{c.contender} {c.y[len(c.y) // 2 - 1]:.3f} at half, {c.y[-1]:.3f} at all" for c in curves
    )


def _points(curve: Curve) -> str:
    pairs = zip(curve.x, curve.y, strict=True)
    return "; ".join(f"said {x:.2f}, came true {y:.2f}" for x, y in pairs)
