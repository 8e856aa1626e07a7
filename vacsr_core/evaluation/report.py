"""Report: every figure with where it comes from; read and written as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from vacsr_core.errors import DataError

FORMAT = 1


@dataclass(frozen=True)
class Figure:
    """One figure: the mean over seeds.

    Args:
        data, split: what was measured; what was fitted on what.
        table, contender, measure: where it stands.
        direction: of asking, or who judged; "" for both together.
        doubt: the doubt that it is about, or "".
        value: mean over the seeds for which it is defined; None for none of them.
        spread: standard deviation over seeds (n - 1); None for fewer than two.
        low, high: 95 % bootstrap interval over queries, drawn by image; None where none was made.
        count: queries or pairs behind one seed's figure; None where that has no meaning.
        seeds: for which it is defined.
    """

    data: str
    split: str
    table: str
    contender: str
    measure: str
    direction: str
    doubt: str
    value: float | None
    spread: float | None
    low: float | None
    high: float | None
    count: int | None
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Chosen:
    """The doubt of a contender that did best on the fit's own held-out images.

    Args:
        data, contender: whose. kind: "rival", "ours" or "ablation".
        doubt: its name. auroc: mean on validation; None where it was not chosen there.
        why: in words.
        is_best: whether it is the best of its kind.
    """

    data: str
    contender: str
    kind: str
    doubt: str
    auroc: float | None
    why: str
    is_best: bool


@dataclass(frozen=True)
class Curve:
    """A line of a plot: x and y of P points, with interval where there is one.

    Args:
        data, contender, direction: whose. plot: "risk-coverage" or "reliability".
    """

    data: str
    plot: str
    contender: str
    direction: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Report:
    """All figures of one command.

    Args:
        command: that makes it again.
        versions: name -> version of what it was made with.
        figures, chosen, curves: see there.
        notes: sentences on what was left out or could not be measured.
    """

    command: str
    versions: dict[str, str]
    figures: tuple[Figure, ...] = ()
    chosen: tuple[Chosen, ...] = ()
    curves: tuple[Curve, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def data_sets(self) -> tuple[str, ...]:
        """Names of the measured data sets, in order."""
        return tuple(dict.fromkeys(figure.data for figure in self.figures))

    def find(self, **wanted: str) -> list[Figure]:
        """The figures whose fields are as given, in order."""
        return [
            figure
            for figure in self.figures
            if all(getattr(figure, name) == value for name, value in wanted.items())
        ]

    def value(self, contender: str, measure: str, **wanted: str) -> float:
        """One figure's value, NaN where it is not there or not defined."""
        found = self.find(contender=contender, measure=measure, **wanted)
        return math.nan if not found or found[0].value is None else found[0].value

    def and_also(self, other: Report) -> Report:
        """Both reports as one, under this one's command."""
        return Report(
            self.command,
            self.versions,
            self.figures + other.figures,
            self.chosen + other.chosen,
            self.curves + other.curves,
            tuple(dict.fromkeys(self.notes + other.notes)),
        )

    def to_json(self) -> str:
        """As JSON; figures without a value hold null."""
        content = {"format": FORMAT} | asdict(self)
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Read what `to_json` wrote.

        Raises:
            DataError: it is something else.
        """
        try:
            content = json.loads(text)
            if content.pop("format") != FORMAT:
                raise ValueError("another format")
            for name, kind in (("figures", Figure), ("chosen", Chosen), ("curves", Curve)):
                content[name] = tuple(_row(kind, row) for row in content[name])
            return cls(**content | {"notes": tuple(content["notes"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"This is no report of the command evaluate ({error}); make it again."
            ) from error

    def save(self, path: str | Path) -> None:
        """Write it: .json, .md or .html, as the name says.

        Raises:
            DataError: another ending.
        """
        from vacsr_core.evaluation.html_page import html_page
        from vacsr_core.evaluation.tables import markdown

        path = Path(path)
        makers = {".json": Report.to_json, ".md": markdown, ".html": html_page}
        if path.suffix not in makers:
            raise DataError(f"{path.name}: a report is written as {', '.join(makers)}.")
        fresh = path.with_suffix(f"{path.suffix}.new")
        fresh.write_text(makers[path.suffix](self), encoding="utf-8")
        fresh.replace(path)


def _row(kind: type, row: dict) -> object:
    tuples = {field.name for field in fields(kind) if str(field.type).startswith("tuple")}
    return kind(**{name: tuple(value) if name in tuples else value for name, value in row.items()})
