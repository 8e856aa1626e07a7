"""The tables of a report, as rows of text; and the report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vacsr_core.evaluation.queries import DIRECTIONS
from vacsr_core.evaluation.report import Figure, Report
from vacsr_core.evaluation.words import ABOUT, MEANING

ARROWS = {DIRECTIONS[0]: "i→c", DIRECTIONS[1]: "c→i", "": ""}
RECALLS = ("R@1", "R@5", "R@10", "mAP@R", "R-P")
DETECTION = ("AUROC", "AP", "FPR95", "AURC", "E-AURC", "normalised AURC",
             "risk at 80 % coverage", "coverage at 5 % risk")  # fmt: skip
CALIBRATION = ("ECE, equal mass", "ECE, equal width", "Brier skill", "NLL", "prevalence")
FORECAST = ("nll", "crps", "miscalibration", "sharpness")
TAUS = ("tau_c, every rating a row", "tau_c with the mean rating", "tau_b with the mean rating")
PEOPLE = ("Spearman with disagreement", "partial, beyond the score",
          "partial, beyond the score and its square")  # fmt: skip
GAINS = ("AUROC of the score", "AUROC of both", "gain of AUROC")
COST = ("fit seconds", "fit CPU seconds", "ms per 1,000 pairs", "parameters")
Column = tuple[str, str]  # measure, direction


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        title: above it.
        meanings: what its figures mean, a sentence each.
        header: names of the columns.
        rows: texts, as many as the header has.
    """

    title: str
    meanings: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(report: Report, data: str) -> list[Table]:
    """All tables of one data set that hold a figure."""
    figures = [figure for figure in report.figures if figure.data == data]
    kinds = {row.contender: row.kind for row in report.chosen if row.data == data}
    doubt_of = {row.contender: row.doubt for row in report.chosen if row.data == data}
    main = [figure for figure in figures if kinds.get(figure.contender) != "ablation"]
    found = []
    for table in _named(main, "retrieval"):
        columns = [(measure, name) for name in DIRECTIONS for measure in RECALLS] + [("RSUM", "")]
        found.append(_by_contender(table, _of(main, table), columns))
    for table in _named(main, "doubt"):
        found += _doubt_tables(table, _of(main, table), doubt_of)
    for table in _named(main, DIFFERENCES):
        columns = [(measure, name) for measure in ("R@1", "AUROC") for name in DIRECTIONS]
        found.append(_by_contender(table, _of(main, table), columns, is_signed=True))
    for table in _named(main, "calibration"):
        found.append(_by_contender(table, _of(main, table), [(name, "") for name in CALIBRATION]))
    found.append(_by_contender("COCO, CxC and ECCV Caption", _of(main, "COCO"), None))
    found += _people_tables(main)
    for table in _named(main, "noise"):
        found.append(_noise_table(table, _of(main, table)))
    found.append(_ablation_table(figures, kinds, doubt_of))
    found.append(_by_contender("cost", _of(main, "cost"), [(name, "") for name in COST]))
    found.append(_by_contender("facts of drawn scenes", _of(main, "scenes"), None))
    return [table for table in found if table.rows]


DIFFERENCES = "difference"


def _named(figures: Sequence[Figure], start: str) -> list[str]:
    """Tables whose name begins so, in order."""
    return [name for name in dict.fromkeys(f.table for f in figures) if name.startswith(start)]


def _of(figures: Sequence[Figure], table: str) -> list[Figure]:
    return [figure for figure in figures if figure.table == table]


def said(figure: Figure | None, is_signed: bool = False) -> str:
    """A figure as text: mean ± std (interval).

    Example:
        >>> said(Figure("", "", "", "", "R@1", "", "", 0.5, 0.01, 0.4, 0.6, 9, (0, 1)))
        '0.500 ± 0.010 (0.400 to 0.600)'
    """
    if figure is None or figure.value is None:
        return "–"

    def number(value: float) -> str:
        if figure.measure == "parameters":
            return f"{value:,.0f}"
        places = 1 if figure.measure == "RSUM" else 3 if abs(value) < 10 else 1
        return f"{value:+.{places}f}" if is_signed else f"{value:.{places}f}"

    text = number(figure.value)
    if figure.spread is not None and figure.measure != "parameters":
        text += f" ± {number(figure.spread).lstrip('+')}"
    if figure.low is not None and figure.high is not None:
        text += f" ({number(figure.low)} to {number(figure.high)})"
    return text


def _by_contender(
    title: str,
    figures: Sequence[Figure],
    columns: Sequence[Column] | None,
    is_signed: bool = False,
) -> Table:
    """One row a contender; only columns that hold a figure."""
    at = {(f.contender, f.measure, f.direction): f for f in figures}
    columns = columns or list(dict.fromkeys((f.measure, f.direction) for f in figures))
    held = {(f.measure, f.direction) for f in figures if f.value is not None}
    columns = [column for column in columns if column in held]
    names = dict.fromkeys(figure.contender for figure in figures)
    rows = [
        (name, *(said(at.get((name, *column)), is_signed) for column in columns)) for name in names
    ]
    header = (f"{measure} {ARROWS.get(name, name)}".strip() for measure, name in columns)
    return Table(
        title + _counts(figures), _meanings(columns), ("contender", *header),
        tuple(rows) if columns else (),
    )  # fmt: skip


def _counts(figures: Sequence[Figure]) -> str:
    """n of each direction, for the title."""
    counts = {f.direction: f.count for f in figures if f.count is not None}
    named = [f"{count:,} {ARROWS.get(name, name)}".strip() for name, count in counts.items()]
    return f" (n = {', '.join(dict.fromkeys(named))})" if named else ""


def _meanings(columns: Sequence[Column]) -> tuple[str, ...]:
    names = dict.fromkeys(measure for measure, _ in columns)
    return tuple(f"{name}: {MEANING[name]}." for name in names if name in MEANING)


def _doubt_tables(title: str, figures: list[Figure], doubt_of: dict[str, str]) -> list[Table]:
    """The chosen doubts in full, then the AUROC and AURC of every doubt."""
    at = {(f.contender, f.doubt, f.measure, f.direction): f for f in figures}
    asked = [(measure, name) for name in DIRECTIONS for measure in DETECTION]
    rows = [
        (name, doubt, *(said(at.get((name, doubt, *column))) for column in asked))
        for name, doubt in doubt_of.items()
        if (name, doubt, *asked[0]) in at
    ]
    header = ("contender", "doubt", *(f"{m} {ARROWS[d]}" for m, d in asked))
    errors = {f.direction: said(f) for f in figures if f.measure == "wrong first choices"}
    chosen = Table(
        f"{title}: wrong first choices found by the doubt chosen on validation{_counts(figures)}",
        _meanings(asked), header, tuple(rows) if errors else (),
    )  # fmt: skip
    short = [(measure, name) for measure in ("AUROC", "AURC") for name in DIRECTIONS]
    pairs = dict.fromkeys((f.contender, f.doubt) for f in figures if f.doubt)
    every = Table(
        f"{title}: every doubt",
        (),
        ("contender", "doubt", *(f"{m} {ARROWS[d]}" for m, d in short)),
        tuple((*pair, *(said(at.get((*pair, *column))) for column in short)) for pair in pairs),
    )
    return [chosen, every]


def _people_tables(figures: list[Figure]) -> list[Table]:
    found = []
    for kind in dict.fromkeys(f.direction for f in _of(figures, "judgements")):
        judged = [f for f in _of(figures, "judgements") if f.direction == kind]
        found.append(
            _by_contender(f"agreement with {kind}", judged, [(name, kind) for name in TAUS])
        )
        rated = [f for f in _of(figures, "forecast of ratings") if f.direction == kind]
        if rated:
            columns = [(name, kind) for name in FORECAST]
            found.append(_by_contender(f"mean and std as a forecast of {kind}", rated, columns))
        found.append(_by_doubt(f"doubt and the disagreement of {kind}", judged, PEOPLE))
        missing = [f for f in _of(figures, "false negatives") if f.direction == kind]
        found.append(_by_doubt("matches that nobody labelled", missing, GAINS))
    return found


def _by_doubt(title: str, figures: list[Figure], measures: Sequence[str]) -> Table:
    """One row a contender and doubt."""
    at = {(f.contender, f.doubt, f.measure): f for f in figures}
    pairs = dict.fromkeys((f.contender, f.doubt) for f in figures if f.doubt)
    rows = ((*pair, *(said(at.get((*pair, name))) for name in measures)) for pair in pairs)
    columns = [(name, "") for name in measures]
    title += _counts([f for f in figures if f.doubt])
    return Table(title, _meanings(columns), ("contender", "doubt", *measures), tuple(rows))


def _noise_table(title: str, figures: list[Figure]) -> Table:
    """How well shuffled captions are noticed, by every doubt, and what is left of R@1."""
    share = title.removeprefix("noise ")
    doubts = list(dict.fromkeys(f.doubt for f in figures if f.doubt))
    at = {(f.contender, f.measure, f.direction, f.doubt): f for f in figures}
    rest = [(measure, name) for measure in ("R@1", "R@1 kept") for name in DIRECTIONS]
    rows = [
        (
            name,
            *(said(at.get((name, "AUROC for shuffled pairs", "", doubt))) for doubt in doubts),
            *(said(at.get((name, *column, ""))) for column in rest),
        )
        for name in dict.fromkeys(f.contender for f in figures)
    ]
    header = ("contender", *(f"AUROC, {doubt}" for doubt in doubts))
    header += tuple(f"{measure} {ARROWS[name]}" for measure, name in rest)
    columns = [("AUROC for shuffled pairs", ""), *rest]
    return Table(
        f"{share} of the fit's captions shuffled{_counts([f for f in figures if f.doubt])}",
        _meanings(columns), header, tuple(rows),
    )  # fmt: skip


def _ablation_table(
    figures: list[Figure], kinds: dict[str, str], doubt_of: dict[str, str]
) -> Table:
    """VACSR and every changed switch, with the figures that the switches are about."""
    names = [name for name, kind in kinds.items() if kind in ("ours", "ablation")]
    at = {(f.contender, f.table, f.measure, f.direction, f.doubt): f for f in figures}
    wanted = [("retrieval", measure, name, "") for measure in ("R@1", "mAP@R")
              for name in DIRECTIONS]  # fmt: skip
    wanted += [("retrieval", "RSUM", "", "")]
    wanted += [("doubt", "AUROC", name, "std") for name in DIRECTIONS]
    wanted += [("doubt", "AUROC", name, None) for name in DIRECTIONS]
    wanted += [("calibration", "ECE, equal mass", "", ""), ("calibration", "Brier skill", "", "")]
    wanted += [("judgements", "tau_c, every rating a row", "experts", "")]
    wanted += [("judgements", "Spearman with disagreement", "experts", "std")]
    wanted += [(table, "AUROC for shuffled pairs", "", "std") for table in _named(figures, "noise")]

    def cell(name: str, place: tuple) -> Figure | None:
        table, measure, direction, doubt = place
        return at.get((name, table, measure, direction, doubt_of[name] if doubt is None else doubt))

    wanted = [place for place in wanted if any(cell(name, place) for name in names)]
    rows = [(name, *(said(cell(name, place)) for place in wanted)) for name in names]
    header = ("fit", *(_column(*place) for place in wanted))
    is_there = "ablation" in kinds.values()
    meanings = ("Every row changes one switch of VACSR's fit.",)
    return Table("ablation", meanings, header, tuple(rows) if is_there else ())


def _column(table: str, measure: str, direction: str, doubt: str | None) -> str:
    what = f"{measure} of the chosen doubt" if doubt is None else measure
    what += f" of {doubt}" if doubt else ""
    what += f", {table}" if table.startswith("noise") else ""
    return f"{what} {ARROWS.get(direction, '')}".strip()


def markdown(report: Report) -> str:
    """The whole report as Markdown."""
    lines = ["# Evaluation", "", f"`{report.command}`", ""]
    lines += [*ABOUT, ""]
    for data in report.data_sets:
        figures = report.find(data=data)
        seeds = sorted({seed for figure in figures for seed in figure.seeds})
        lines += [f"## {data}", "", f"{figures[0].split}. Seeds {', '.join(map(str, seeds))}.", ""]
        lines += [f"- {line}" for line in choices(report, data)]
        for table in tables(report, data):
            lines += ["", *as_markdown(table)]
        lines += [""]
    lines += ["## Left out, and not measured", ""]
    lines += [f"- {note}" for note in report.notes or ("Nothing.",)]
    made_with = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return "\n".join([*lines, "", f"Made with {made_with}.", ""])


def as_markdown(table: Table) -> list[str]:
    """The lines of one table, with its title and what its figures mean."""
    lines = [f"### {table.title[:1].upper()}{table.title[1:]}", ""]
    lines += [" ".join(table.meanings), ""] if table.meanings else []
    lines += [_line(table.header), "|" + " --- |" * len(table.header)]
    return lines + [_line(row) for row in table.rows]


def choices(report: Report, data: str) -> list[str]:
    """Which doubts were chosen on validation, and what was left out, a sentence each."""
    found = []
    for row in report.chosen:
        if row.data == data and row.kind != "ablation":
            figure = "" if row.auroc is None else f", AUROC {row.auroc:.3f} there"
            best = {"ours": "; our best", "rival": "; the best rival"}[row.kind] * row.is_best
            found.append(f"{row.contender}: doubt “{row.doubt}” ({row.why}{figure}){best}.")
    left_out = {
        figure.direction: figure.value
        for figure in report.find(data=data, table="excluded")
        if figure.value
    }
    found += [f"{name}: {value:.0f} queries without a match left out." for name, value in
              left_out.items()]  # fmt: skip
    return found


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
